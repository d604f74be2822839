"""`:embedContent` and `:batchEmbedContents`: vectors of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from homeport.adapters.base import Finish, Inputs
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.answer_marks import cost_header, homeport_object, route_headers
from homeport.daemon.api.call import Call, decode
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.read import labels_for
from homeport.daemon.api.gemini.usage import counted
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest

if TYPE_CHECKING:
    from homeport.daemon.routing.embedding import Vectors

MOST_INPUTS = 2048
_OF_CONTENT = ("model", "content", "outputDimensionality", "homeport", "embedContentConfig")
_decoder = msgspec.json.Decoder(dict[str, Any])


async def one(call: Call, house: House, model: str) -> None:
    """The vector of one content."""
    request = await _request(call)
    labels = labels_for(request, call.headers, model)
    inputs = msgspec.structs.replace(inputs_of([request]), labels=labels)
    vectors = await house.embed(inputs)
    await _reply(call, vectors, {"embedding": {"values": vectors.embedded.vectors[0]}})


async def several(call: Call, house: House, model: str) -> None:
    """A vector for each content."""
    body = await _request(call)
    requests = [Fields(row, at) for row, at in body.rows("requests")]
    if not 0 < len(requests) <= MOST_INPUTS:
        raise body.wrong("requests", f"a list of 1 to {MOST_INPUTS:,} requests")
    labels = labels_for(body, call.headers, model)
    inputs = msgspec.structs.replace(inputs_of(requests), labels=labels)
    vectors = await house.embed(inputs)
    rows = [{"values": vector} for vector in vectors.embedded.vectors]
    await _reply(call, vectors, {"embeddings": rows})


async def _request(call: Call) -> Fields:
    body: dict[str, Any] = decode(_decoder, await call.body())
    return Fields(body)


def inputs_of(requests: Sequence[Fields]) -> Inputs:
    """The texts, and what is asked of all their vectors. Raises `BadRequest`."""
    settings = [_settings(request) for request in requests]
    if any(each != settings[0] for each in settings):
        raise BadRequest(
            "All requests must have the same settings, such as `taskType`; send the others apart.",
            code="unsupported_value",
            param="requests",
        )
    dimensions, extras = settings[0]
    return Inputs(
        inputs=tuple(_text(request) for request in requests),
        dimensions=dimensions,
        wire=WIRE,
        extras=extras,
    )


def _settings(request: Fields) -> tuple[int | None, dict[str, Any]]:
    inner = request.table("embedContentConfig") or Fields({})
    within = [fields.whole("outputDimensionality", 1, 2**16) for fields in (request, inner)]
    given: Mapping[str, Any] = {**inner.rest("outputDimensionality"), **request.rest(*_OF_CONTENT)}
    return within[0] or within[1], dict(given)


def _text(request: Fields) -> str:
    given = request.values.get("content")
    content = Fields({"parts": [{"text": given}]}, request.path("content"))
    if not isinstance(given, str):
        content = request.table("content") or Fields({}, request.path("content"))
    parts = [Fields(row, at) for row, at in content.rows("parts")]
    if any(part.values.keys() != {"text"} for part in parts):
        raise content.wrong("parts", "text: nothing else is embedded here")
    text = "".join(part.text("text") or "" for part in parts)
    if not text:
        path = request.path("content")
        raise BadRequest(f"`{path}` holds no text.", code="missing_field", param=path)
    return text


async def _reply(call: Call, vectors: Vectors, answer: dict[str, Any]) -> None:
    usage = vectors.embedded.usage
    told = counted(usage)
    kept = {name: told[name] for name in ("promptTokenCount", "totalTokenCount") if name in told}
    answer |= {
        "usageMetadata": kept,
        "homeport": homeport_object(vectors.view, Finish(reason="stop", usage=usage)),
    }
    await call.reply_json(answer, headers=[*route_headers(vectors.view), cost_header(vectors.view)])
