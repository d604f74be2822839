"""`POST /v1/messages`: Anthropic's wire, streaming and not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeport.client.wire import RequestView
from homeport.daemon.api.anthropic.read import read
from homeport.daemon.api.anthropic.stream import BEAT, MessageStream, last_words
from homeport.daemon.api.anthropic.whole import Gathered
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.openai_chat import EVENT_STREAM, route_headers
from homeport.daemon.api.openai_chat_write import cost_text, dropped_knobs
from homeport.daemon.api.relay import Relay

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer

Headers = list[tuple[bytes, bytes]]


async def create(call: Call, house: House) -> None:
    """Answer one prompt."""
    prompt = read(await call.body(), call.headers)
    async with house.answering(prompt) as answer:
        if prompt.stream:
            await _stream(call, answer)
        else:
            await _reply(call, answer)


async def _reply(call: Call, answer: Answer) -> None:
    gathered = Gathered()
    async for delta in answer.deltas():
        gathered.add(delta, answer.view)
    view = answer.view
    message = gathered.object(view)
    dropped = ",".join(dropped_knobs(gathered.finish))
    headers = [*_headers(view), (b"x-homeport-cost", cost_text(view).encode())]
    if dropped:
        headers.append((b"x-homeport-dropped", dropped.encode("ascii", "replace")))
    await call.reply_json(message, headers=headers)


async def _stream(call: Call, answer: Answer) -> None:
    """The head is sent with the first delta, so that what fails before it has its own status."""
    stream = MessageStream(lambda: answer.view)
    call.last_words = last_words(answer.id)
    relay = Relay(call, EVENT_STREAM, lambda: _stream_headers(answer.view), lambda: BEAT)
    error = await relay.run(answer.deltas(), stream.encode)
    if error is not None:
        raise error
    await relay.finish(stream.end())


def _stream_headers(view: RequestView) -> Headers:
    return [*_headers(view), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]


def _headers(view: RequestView) -> Headers:
    return [*route_headers(view), (b"request-id", view.id.encode("ascii", "replace"))]
