"""From the bodies of Ollama's wire to a `Prompt`, without losing a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from homeport.adapters.base import (
    Completion,
    Image,
    Message,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Tool,
)
from homeport.daemon.api.call import decode
from homeport.daemon.api.labels import MAX_MODEL, NO_WISHES, labels_of
from homeport.daemon.api.ollama.lifetime import seconds_of
from homeport.daemon.api.ollama.messages import images_of, messages_of
from homeport.daemon.api.ollama.request import (
    CHAT_FIELDS,
    GENERATE_FIELDS,
    OPTIONS_WITH_A_NOUN,
    ChatRequest,
    GenerateRequest,
    OfferedTool,
    Options,
    Request,
)
from homeport.daemon.api.stops import stops_of
from homeport.policies.errors import BadRequest

WIRE = "ollama"
_OURS_ALONE = (b'"data:', b'"developer"')
"""In a body that holds one, something may stand that Ollama itself does not take."""
LEVELS = {"low": "low", "medium": "medium", "high": "high", "max": "high"}

_chat = msgspec.json.Decoder(ChatRequest)
_generate = msgspec.json.Decoder(GenerateRequest)
_fields = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for an answer."""

    prompt: Prompt
    name: str
    """The model as the caller named it, which the answer repeats."""
    loads: bool
    """Nothing was asked: the model is to be loaded, or let go."""
    keep_alive_s: float | None
    shows_thinking: bool


Rename = Callable[[str], str]
"""From a name as Ollama's clients write it to one that the routing knows."""


def read_chat(body: bytes, headers: Mapping[bytes, bytes], rename: Rename) -> Asked:
    """A body of `/api/chat`. Raises `BadRequest`."""
    request = decode(_chat, body)
    prompt = Prompt(
        messages=messages_of(request.messages or ()),
        tools=tuple(_tool(tool) for tool in request.tools or ()),
        **_common(request, body, headers, rename, CHAT_FIELDS),
    )
    return _asked(request, prompt, loads=not request.messages)


def read_generate(body: bytes, headers: Mapping[bytes, bytes], rename: Rename) -> Asked:
    """A body of `/api/generate`. Raises `BadRequest`."""
    request = decode(_generate, body)
    _refuse_what_is_not_served(request)
    images = images_of(request.images)
    text = request.prompt or ""
    completion = None
    if request.raw or request.suffix:
        completion = Completion(text, suffix=request.suffix or "")
    prompt = Prompt(
        messages=_turns(request.system or "", text, images),
        completion=completion,
        **_common(request, body, headers, rename, GENERATE_FIELDS),
    )
    return _asked(request, prompt, loads=not (text or images or request.suffix))


def _asked(request: Request, prompt: Prompt, *, loads: bool) -> Asked:
    return Asked(
        prompt=prompt,
        name=request.model,
        loads=loads,
        keep_alive_s=seconds_of(request.keep_alive),
        shows_thinking=request.think is not False,
    )


def _turns(system: str, text: str, images: tuple[Image, ...]) -> tuple[Message, ...]:
    user = Message("user", (Text(text), *images))
    return (Message("system", (Text(system),)), user) if system else (user,)


def _refuse_what_is_not_served(request: GenerateRequest) -> None:
    if request.context:
        raise _unsupported("context", "send the conversation to `/api/chat` instead")
    if request.template:
        raise _unsupported("template", "each model is asked in its own; use `raw` for your own")
    if request.raw and request.system:
        raise _unsupported("system", "`raw` takes the prompt as it is: put it there")
    if request.suffix and (request.system or request.images):
        field = "system" if request.system else "images"
        raise _unsupported(field, "what stands before a `suffix` is text alone")


def _unsupported(field: str, instead: str) -> BadRequest:
    sentence = f"`{field}` is not taken here: {instead}."
    return BadRequest(sentence, code="unsupported_field", param=field)


def _common(
    request: Request,
    body: bytes,
    headers: Mapping[bytes, bytes],
    rename: Rename,
    known: frozenset[str],
) -> dict[str, Any]:
    """The fields of a prompt that both routes fill alike."""
    if not request.model.strip():
        raise BadRequest(
            "`model` is empty; `auto` leaves the choice to Homeport.",
            code="missing_field",
            param="model",
        )
    name = request.model if len(request.model) > MAX_MODEL else rename(request.model)
    return {
        "labels": labels_of(name, request.homeport or NO_WISHES, headers),
        "response_format": _response_format(request.format),
        "sampling": _sampling(request),
        "stream": request.stream is not False,
        "wire": WIRE,
        "extras": _extras(request, body, known),
        "raw": b"" if any(word in body for word in _OURS_ALONE) else body,
    }


def _extras(request: Request, body: bytes, known: frozenset[str]) -> dict[str, Any]:
    """What only another Ollama understands, under the wire's own names."""
    extras = {name: value for name, value in decode(_fields, body).items() if name not in known}
    if request.keep_alive is not None:
        extras["keep_alive"] = request.keep_alive
    if request.think is not None:
        extras["think"] = request.think
    options = request.options or {}
    further = {name: v for name, v in options.items() if name not in OPTIONS_WITH_A_NOUN}
    return extras | {"options": further} if further else extras


def _sampling(request: Request) -> Sampling:
    options = _options(request.options or {})
    effort, budget = _reasoning(request.think)
    return Sampling(
        temperature=options.temperature,
        top_p=options.top_p,
        top_k=_whole(options.top_k),
        min_p=options.min_p,
        seed=_whole(options.seed),
        stop=stops_of(options.stop, "options.stop"),
        # -1 (no end), -2 (to the end of the window) and 0 leave it to the daemon's own bound.
        max_tokens=_positive(options.num_predict),
        presence_penalty=options.presence_penalty,
        frequency_penalty=options.frequency_penalty,
        repeat_penalty=options.repeat_penalty,
        logprobs=bool(request.logprobs),
        top_logprobs=request.top_logprobs or 0,
        reasoning_effort=effort,
        reasoning_budget=budget,
    )


def _options(options: dict[str, Any]) -> Options:
    try:
        return msgspec.convert(options, Options)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        field = f"options.{where.rstrip('`')}"
        sentence = f"`{field}`: {what[:1].lower()}{what[1:]}."
        raise BadRequest(sentence, code="invalid_field", param=field) from None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _positive(number: float | None) -> int | None:
    return int(number) if number is not None and number >= 1 else None


def _reasoning(think: bool | str | None) -> tuple[str | None, int | None]:
    """Effort and budget."""
    if think is None or think == "":
        return None, None
    if isinstance(think, bool):
        return ("medium", None) if think else (None, 0)
    if think not in LEVELS:
        levels = ", ".join(f"`{level}`" for level in LEVELS)
        raise BadRequest(f"`think` must be true, false, or one of {levels}.", param="think")
    return LEVELS[think], None


def _response_format(wanted: str | dict[str, Any] | None) -> ResponseFormat:
    if wanted is None or wanted == "":
        return ResponseFormat()
    if isinstance(wanted, dict):
        return ResponseFormat(kind="json_schema", schema=wanted)
    if wanted == "json":
        return ResponseFormat(kind="json")
    raise BadRequest('`format` must be "json" or a JSON schema.', param="format")


def _tool(tool: OfferedTool) -> Tool:
    function = tool.function
    return Tool(function.name, function.description or "", function.parameters or {})
