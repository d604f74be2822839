"""`POST /v1/messages`: Anthropic's wire, streaming and not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import (
    EVENT_STREAM,
    Headers,
    stream_headers,
    whole_headers,
)
from homeport.daemon.api.anthropic.read import read
from homeport.daemon.api.anthropic.request import knobs_of_the_wire
from homeport.daemon.api.anthropic.stream import BEAT, MessageStream, last_words
from homeport.daemon.api.anthropic.usage import LeftOut
from homeport.daemon.api.anthropic.whole import Gathered
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.lesser import Lesser, answer_or_less, nothing_else
from homeport.daemon.api.relay import Relay

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer


async def create(call: Call, house: House) -> None:
    """Answer one prompt."""
    prompt = read(await call.body(), call.headers)
    answer = partial(_answer, call, house)
    await answer_or_less(call, Lesser(prompt, []), nothing_else, answer)


async def _answer(call: Call, house: House, asked: Lesser) -> None:
    async with house.answering(asked.prompt) as answer:
        send = _stream if asked.prompt.stream else _reply
        left_out = LeftOut(asked.left_out, knobs_of_the_wire(asked.prompt.extras))
        await send(call, answer, left_out)


async def _reply(call: Call, answer: Answer, left_out: LeftOut) -> None:
    gathered = Gathered(left_out)
    async for delta in answer.deltas():
        gathered.add(delta, answer.view)
    view = answer.view
    message = gathered.object(view)
    headers = [*whole_headers(view, gathered.finish), _request_id(view)]
    await call.reply_json(message, headers=headers)


async def _stream(call: Call, answer: Answer, left_out: LeftOut) -> None:
    """The head is sent with the first delta, so that what fails before it has its own status."""
    stream = MessageStream(lambda: answer.view, left_out)
    call.last_words = last_words(answer.id)
    relay = Relay(call, EVENT_STREAM, lambda: _stream_headers(answer.view), lambda: BEAT)
    error = await relay.run(answer.deltas(), stream.encode)
    if error is not None:
        raise error
    await relay.finish(stream.end())


def _stream_headers(view: RequestView) -> Headers:
    return [*stream_headers(view), _request_id(view)]


def _request_id(view: RequestView) -> tuple[bytes, bytes]:
    return b"request-id", view.id.encode("ascii", "replace")
