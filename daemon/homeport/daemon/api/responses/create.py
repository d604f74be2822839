"""`POST /v1/responses`: OpenAI's Responses wire, streaming and not."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from homeport.adapters.base import Delta
from homeport.daemon.api.answer_marks import (
    EVENT_STREAM,
    route_headers,
    stream_headers,
    whole_headers,
)
from homeport.daemon.api.call import JSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.lesser import Lesser, answer_or_less
from homeport.daemon.api.relay import Relay
from homeport.daemon.api.responses.history import not_found
from homeport.daemon.api.responses.kept import watch
from homeport.daemon.api.responses.offers import first_of
from homeport.daemon.api.responses.other_words import in_other_words
from homeport.daemon.api.responses.read import Asked, read
from homeport.daemon.api.responses.sse import BEAT
from homeport.daemon.api.responses.stream import Ended, Stream
from homeport.daemon.api.responses.whole import ResponseObject
from homeport.daemon.storage.texts_responses import KeptResponse
from homeport.policies.errors import BadRequest, Refused
from homeport.policies.model import ModelCard

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer

NOBODY = "Only a server of OpenAI's Responses wire could know it, and none may answer."


async def create(call: Call, house: House) -> None:
    """Answer one prompt."""
    kept = house.daemon.responses
    asked = await read(await call.body(), call.headers, kept)
    store = asked.request.store is not False and await kept.ready()
    first = first_of(asked.prompt, _named(house, asked.prompt.labels.model))
    try:
        if asked.request.background:
            await _answer_in_background(call, house, asked, first, store=store)
        else:
            answer = partial(_answer, call, house, asked, store=store)
            await answer_or_less(call, first, in_other_words, answer)
    except Refused as error:
        if asked.before.elsewhere and any(veto.gate == "held" for veto in error.vetoes):
            raise not_found(asked.before.elsewhere, NOBODY) from None
        raise


def _named(house: House, model: str) -> ModelCard | None:
    try:
        return house.daemon.fleet.card(model)
    except KeyError:
        return None


async def _answer(call: Call, house: House, asked: Asked, lesser: Lesser, *, store: bool) -> None:
    async with house.answering(lesser.prompt) as answer:
        response = ResponseObject(asked, int(time.time()), store=store)
        stream = Stream(asked, answer.id, response, lesser.left_out)
        send = _stream if lesser.prompt.stream else _reply
        await send(call, house, asked, answer, stream)


async def _answer_in_background(
    call: Call, house: House, asked: Asked, first: Lesser, *, store: bool
) -> None:
    """The caller gets the id, and comes back for the answer or watches it."""
    if not store:
        raise BadRequest(
            "An answer in the background has to be kept until it is fetched:"
            " leave `store` out, and `storage.responses_days` above 0.",
            code="unsupported_value",
            param="background",
        )
    running = await house.background.begin(asked, first)
    if asked.prompt.stream:
        await watch(call, running)
    else:
        await call.reply(200, running.object, JSON, route_headers(running.view))


async def _reply(call: Call, house: House, asked: Asked, answer: Answer, stream: Stream) -> None:
    async for delta in answer.deltas():
        stream.encode(delta, answer.view.model)
    view = answer.view
    ended = stream.end(view)
    await _keep(house, asked, answer, ended, store=stream.stores)
    await call.reply(200, ended.object, JSON, whole_headers(view, stream.finish))


async def _stream(call: Call, house: House, asked: Asked, answer: Answer, stream: Stream) -> None:
    """The head is sent with the first delta, so that what fails before it has its own status."""
    call.last_words = lambda error: stream.failed(error, answer.view.model)
    relay = Relay(call, EVENT_STREAM, lambda: stream_headers(answer.view), lambda: BEAT)
    error = await relay.run(answer.deltas(), _encoder(stream, answer))
    if error is not None:
        raise error
    ended = stream.end(answer.view)
    await _keep(house, asked, answer, ended, store=stream.stores)
    await relay.finish(ended.events)


def _encoder(stream: Stream, answer: Answer) -> Callable[[Delta], bytes]:
    def encode(delta: Delta) -> bytes:
        return stream.encode(delta, answer.view.model)

    return encode


async def _keep(house: House, asked: Asked, answer: Answer, ended: Ended, *, store: bool) -> None:
    """Before the caller has the end, so that it can go on at once."""
    if store:
        previous, items = asked.kept_as(ended.id)
        private = answer.view.private or asked.prompt.labels.private
        response = KeptResponse(ended.id, previous, items, ended.object, private)
        await house.daemon.responses.keep(response)
