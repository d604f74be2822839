"""Embeddings on OpenAI's wire: the request's body, and its answer's vectors."""

from __future__ import annotations

import array
import base64
import binascii
import math
import sys
from typing import Any, Final

import msgspec

from homeport.adapters.base import Embedded, Inputs, Usage
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.openai.usage import read_usage
from homeport.adapters.providers import Provider

WIRE: Final = "openai-embeddings"
_OWN_FIELDS: Final = frozenset({"model", "input", "dimensions", "encoding_format", "homeport"})
FLOAT_BYTES: Final = 4


class _Row(msgspec.Struct):
    embedding: list[float] | str
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Row] | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    error: Any = None


_DECODER: Final = msgspec.json.Decoder(_Answer)


def write(inputs: Inputs, *, model: str, dialect: Provider) -> bytes:
    """The body. Numbers are asked for, which every server gives."""
    body: dict[str, Any] = {"model": model, "input": list(inputs.inputs)}
    if inputs.wire == WIRE and not dialect.strict_fields:
        body |= {name: v for name, v in inputs.extras.items() if name not in _OWN_FIELDS}
    if inputs.dimensions is not None:
        body[dialect.dimensions_field] = inputs.dimensions
    body["encoding_format"] = "float"
    return msgspec.json.encode(body)


def read(body: bytes, count: int) -> Embedded:
    """The vectors in the order of the inputs; raises `Garbage`, `UpstreamError`."""
    try:
        answer = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Garbage("not embeddings") from error
    if answer.error:
        raise UpstreamError(answer.error)
    rows = answer.data or []
    if len(rows) != count:
        raise Garbage("another number of vectors than inputs")
    places = [at if row.index is None else row.index for at, row in enumerate(rows)]
    if sorted(places) != list(range(count)):
        raise Garbage("a vector is missing")
    in_order = dict(zip(places, rows, strict=True))
    vectors = tuple(_vector(in_order[at].embedding) for at in range(count))
    if len({len(vector) for vector in vectors}) > 1 or not all(vectors):
        raise Garbage("vectors of different lengths")
    return Embedded(vectors, _usage(answer.usage), answer.model or "")


def _vector(given: list[float] | str) -> tuple[float, ...]:
    numbers = tuple(unpacked(given)) if isinstance(given, str) else tuple(given)
    if not all(map(math.isfinite, numbers)):
        raise Garbage("a vector holds what is no number")
    return numbers


def unpacked(text: str) -> array.array[float]:
    """Base64 of little-endian 32-bit floats as numbers; raises `Garbage`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbage("not base64") from error
    if len(data) % FLOAT_BYTES:
        raise Garbage("half a number")
    numbers = array.array("f", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _usage(raw: dict[str, Any] | None) -> Usage:
    usage = read_usage(raw)
    known = usage.input is not None
    return msgspec.structs.replace(usage, output=0 if known else None, certain=known)
