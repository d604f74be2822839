"""`POST /v1/embeddings`: OpenAI's wire for vectors."""

from __future__ import annotations

import array
import base64
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from homeport.adapters.base import Embedded, Finish, Inputs
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import cost_header, homeport_object, route_headers
from homeport.daemon.api.call import Call, decode
from homeport.daemon.api.house import House
from homeport.daemon.api.labels import NO_WISHES, Wishes, labels_of
from homeport.policies.errors import BadRequest

WIRE = "openai-embeddings"
MOST_INPUTS = 2048

Token = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class EmbeddingRequest(msgspec.Struct, frozen=True):
    """The body. Fields without a noun here are carried as they came."""

    input: str | list[Any]
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1, le=2**16)] | None = None
    homeport: Wishes | None = None


_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(EmbeddingRequest))
_decoder = msgspec.json.Decoder(EmbeddingRequest)
_anything = msgspec.json.Decoder(dict[str, Any])
_Texts = list[str]
_Tokens = list[list[Token]]


async def create(call: Call, house: House) -> None:
    """Answer with one vector for each input."""
    inputs, as_base64 = read(await call.body(), call.headers)
    vectors = await house.embed(inputs)
    answer = written(vectors.embedded, vectors.view, as_base64=as_base64)
    await call.reply_json(answer, headers=[*route_headers(vectors.view), cost_header(vectors.view)])


def read(body: bytes, headers: Mapping[bytes, bytes]) -> tuple[Inputs, bool]:
    """The inputs, and whether the vectors are wanted as base64. Raises `BadRequest`."""
    request = decode(_decoder, body)
    fields = decode(_anything, body)
    inputs = Inputs(
        inputs=inputs_of(request.input),
        labels=labels_of(request.model, request.homeport or NO_WISHES, headers),
        dimensions=request.dimensions,
        wire=WIRE,
        extras={name: value for name, value in fields.items() if name not in _KNOWN},
    )
    return inputs, request.encoding_format == "base64"


def inputs_of(given: str | list[Any]) -> tuple[str, ...] | tuple[tuple[int, ...], ...]:
    """A text, texts, the tokens of one text, or of several. Raises `BadRequest`."""
    if isinstance(given, str):
        given = [given]
    if given and isinstance(given[0], int):
        given = [given]
    if not given or len(given) > MOST_INPUTS:
        raise BadRequest(f"`input` must hold 1 to {MOST_INPUTS:,} texts.", param="input")
    if not all(given):
        raise BadRequest("`input` holds an empty text; leave it out.", param="input")
    try:
        if isinstance(given[0], str):
            return tuple(msgspec.convert(given, _Texts))
        return tuple(tuple(tokens) for tokens in msgspec.convert(given, _Tokens))
    except msgspec.ValidationError:
        raise BadRequest(
            "`input` must be a text, a list of texts, or token numbers (one list, or several).",
            code="invalid_field",
            param="input",
        ) from None


def written(embedded: Embedded, view: RequestView, *, as_base64: bool) -> dict[str, Any]:
    """The answer in OpenAI's shape."""
    shown = packed if as_base64 else list
    data = [
        {"object": "embedding", "index": index, "embedding": shown(vector)}
        for index, vector in enumerate(embedded.vectors)
    ]
    tokens = embedded.usage.input
    return {
        "object": "list",
        "data": data,
        "model": view.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "homeport": homeport_object(view, Finish(reason="stop")),
    }


def packed(vector: Sequence[float]) -> str:
    """Little-endian 32-bit floats as base64."""
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
