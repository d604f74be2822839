"""From OpenAI's older wire of plain text to `Prompt`s, one for each text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.adapters.base import Completion, Message, Prompt, Sampling, Text
from homeport.daemon.api.body_fields import fields_of, others
from homeport.daemon.api.call import decode
from homeport.daemon.api.labels import NO_WISHES, labels_of
from homeport.daemon.api.openai.chat_request import likeliest, longest
from homeport.daemon.api.openai.completions_request import KNOWN_FIELDS, CompletionRequest
from homeport.daemon.api.stops import stops_of
from homeport.policies.errors import BadRequest

WIRE = "openai-completions"
MAX_PROMPTS = 32

_decoder = msgspec.json.Decoder(CompletionRequest)


def read(body: bytes, headers: Mapping[bytes, bytes]) -> tuple[list[Prompt], bool]:
    """The prompts, and whether a stream ends with a usage chunk. Raises `BadRequest`."""
    request = decode(_decoder, body)
    _refuse_what_is_not_served(request)
    labels = labels_of(request.model, request.homeport or NO_WISHES, headers)
    extras, sampling = others(fields_of(body), KNOWN_FIELDS), _sampling(request)
    prompts = [
        Prompt(
            messages=(Message("user", (Text(text),)),),
            labels=labels,
            sampling=sampling,
            stream=bool(request.stream),
            wire=WIRE,
            extras=extras,
            completion=Completion(text, request.suffix or "", bool(request.echo)),
        )
        for text in _texts(request.prompt)
    ]
    options = request.stream_options
    return prompts, bool(options and options.include_usage)


def _texts(given: str | list[Any]) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not texts:
        raise BadRequest("`prompt` is empty; send a text.", code="invalid_field", param="prompt")
    if len(texts) > MAX_PROMPTS:
        raise BadRequest(
            f"At most {MAX_PROMPTS} texts can be sent at once.",
            code="invalid_field",
            param="prompt",
        )
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise BadRequest(
                f"`prompt[{number}]` is no text: tokens differ from model to model, so send"
                " the text itself.",
                code="unsupported_value",
                param=f"prompt[{number}]",
            )
    return texts


def _refuse_what_is_not_served(request: CompletionRequest) -> None:
    for field in ("n", "best_of"):
        if (getattr(request, field) or 1) > 1:
            raise BadRequest(
                f"One answer is given to one prompt: leave `{field}` out, or ask several times.",
                code="unsupported_value",
                param=field,
            )
    if request.echo and request.logprobs is not None:
        raise BadRequest(
            "Probabilities of the prompt's own tokens are not known: leave out `echo` or"
            " `logprobs`.",
            code="unsupported_value",
            param="logprobs",
        )


def _sampling(request: CompletionRequest) -> Sampling:
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=likeliest(request.top_k),
        min_p=request.min_p,
        seed=request.seed,
        stop=stops_of(request.stop, "stop"),
        max_tokens=longest(request.max_tokens, "max_tokens"),
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        logprobs=request.logprobs is not None,
        top_logprobs=request.logprobs or 0,
    )
