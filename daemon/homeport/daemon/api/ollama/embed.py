"""`POST /api/embed` and the older `POST /api/embeddings`: vectors of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from homeport.adapters.base import Finish, Inputs
from homeport.daemon.api.answer_marks import cost_header, homeport_object, route_headers
from homeport.daemon.api.call import Call, decode
from homeport.daemon.api.house import House
from homeport.daemon.api.labels import NO_WISHES, Wishes, labels_of
from homeport.daemon.api.ollama.durations import Stopwatch
from homeport.daemon.api.ollama.names import renamer, unknown_model
from homeport.daemon.api.ollama.read import WIRE
from homeport.policies.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from homeport.daemon.routing.embedding import Vectors

MOST_INPUTS = 2048


class EmbedRequest(msgspec.Struct, frozen=True):
    """The body of both; the older one has `prompt` in the place of `input`."""

    model: str
    input: str | list[str] | None = None
    prompt: str | None = None
    truncate: bool | None = None
    dimensions: Annotated[int, Meta(ge=1, le=2**16)] | None = None
    keep_alive: str | float | None = None
    options: dict[str, Any] | None = None
    homeport: Wishes | None = None


_decoder = msgspec.json.Decoder(EmbedRequest)
_CARRIED = ("truncate", "keep_alive", "options")


async def embed(call: Call, house: House) -> None:
    """One vector for each text."""
    stopwatch = Stopwatch()
    request = decode(_decoder, await call.body())
    given = request.input if request.input is not None else ""
    texts = tuple(given) if isinstance(given, list) else (given,) if given else ()
    if not texts:
        await call.reply_json({"model": request.model, "embeddings": [], **stopwatch.total()})
        return
    vectors = await _vectors(call.headers, house, request, texts)
    usage = vectors.embedded.usage
    counted = {} if usage.input is None else {"prompt_eval_count": usage.input}
    answer = {
        "model": request.model,
        "embeddings": vectors.embedded.vectors,
        **stopwatch.total(),
        **counted,
        "homeport": homeport_object(vectors.view, Finish(reason="stop", usage=usage)),
    }
    await call.reply_json(answer, headers=_headers(vectors))


async def embeddings(call: Call, house: House) -> None:
    """The vector of one text, as older programs ask for it."""
    request = decode(_decoder, await call.body())
    if not request.prompt:
        await call.reply_json({"embedding": []})
        return
    vectors = await _vectors(call.headers, house, request, (request.prompt,))
    answer = {"embedding": vectors.embedded.vectors[0]}
    await call.reply_json(answer, headers=_headers(vectors))


async def _vectors(
    headers: Mapping[bytes, bytes], house: House, request: EmbedRequest, texts: tuple[str, ...]
) -> Vectors:
    if len(texts) > MOST_INPUTS:
        raise BadRequest(f"`input` must hold at most {MOST_INPUTS:,} texts.", param="input")
    await house.daemon.fleet.first_look()
    carried = {name: getattr(request, name) for name in _CARRIED}
    inputs = Inputs(
        inputs=texts,
        labels=labels_of(renamer(house)(request.model), request.homeport or NO_WISHES, headers),
        dimensions=request.dimensions,
        wire=WIRE,
        extras={name: value for name, value in carried.items() if value is not None},
    )
    try:
        return await house.embed(inputs)
    except NotFound as error:
        raise unknown_model(request.model, error) from None


def _headers(vectors: Vectors) -> list[tuple[bytes, bytes]]:
    return [*route_headers(vectors.view), cost_header(vectors.view)]
