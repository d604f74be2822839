"""From a Gemini request to a `Prompt`, without losing a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.adapters.base import Labels, Prompt
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.call import decode
from homeport.daemon.api.gemini import knobs
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.tools import tool_choice_of, tools_of
from homeport.daemon.api.gemini.turns import messages_of
from homeport.daemon.api.labels import NO_WISHES, Wishes, labels_of
from homeport.policies.errors import BadRequest

_decoder = msgspec.json.Decoder(dict[str, Any])
_KNOWN = (
    *("contents", "systemInstruction", "tools", "toolConfig", "generationConfig"),
    *("model", "homeport"),
)


def read(body: bytes, headers: Mapping[bytes, bytes], model: str, *, stream: bool) -> Prompt:
    """The prompt. Raises `BadRequest`."""
    return prompt_of(decode(_decoder, body), headers, model, stream=stream, raw=body)


def read_counted(body: bytes, headers: Mapping[bytes, bytes], model: str) -> Prompt:
    """The prompt in a question for its length, which may hold the whole request in a field."""
    request = decode(_decoder, body)
    inner = Fields(request).raw("generateContentRequest")
    if inner is None:
        return prompt_of(request, headers, model, stream=False, raw=body)
    wishes = {"homeport": request["homeport"]} if "homeport" in request else {}
    raw = msgspec.json.encode(inner)
    return prompt_of({**wishes, **inner}, headers, model, stream=False, raw=raw)


def prompt_of(
    body: dict[str, Any], headers: Mapping[bytes, bytes], model: str, *, stream: bool, raw: bytes
) -> Prompt:
    """The prompt that a decoded body tells. Raises `BadRequest`."""
    request = Fields(body)
    config = request.table("generationConfig") or Fields({}, "generationConfig")
    return Prompt(
        messages=messages_of(request),
        labels=labels_for(request, headers, model),
        tools=tools_of(request),
        tool_choice=tool_choice_of(request),
        response_format=knobs.response_format_of(config),
        sampling=knobs.sampling_of(config),
        stream=stream,
        wire=WIRE,
        extras=_extras(request, config),
        raw=raw,
    )


def labels_for(request: Fields, headers: Mapping[bytes, bytes], model: str) -> Labels:
    """What the caller asks of the routing. Raises `BadRequest`."""
    try:
        wishes = msgspec.convert(request.values.get("homeport") or NO_WISHES, Wishes)
    except msgspec.ValidationError as error:
        sentence = f"`homeport`: {error}."
        raise BadRequest(sentence, code="invalid_field", param="homeport") from None
    return labels_of(model.removeprefix("models/"), wishes, headers)


def _extras(request: Fields, config: Fields) -> dict[str, Any]:
    extras = request.rest(*_KNOWN)
    generation, calling = knobs.carried(config), request.raw("toolConfig")
    if generation:
        extras["generationConfig"] = generation
    if calling:
        extras["toolConfig"] = Fields(calling).values
    return extras
