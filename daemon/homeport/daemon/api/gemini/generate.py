"""`POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeport.daemon.api.answer_marks import stream_headers, whole_headers
from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini.chunks import Shown
from homeport.daemon.api.gemini.other_words import in_other_words
from homeport.daemon.api.gemini.read import read
from homeport.daemon.api.gemini.stream import AnswerStream, Array, Events
from homeport.daemon.api.gemini.whole import Gathered
from homeport.daemon.api.house import House
from homeport.daemon.api.lesser import Lesser, answer_or_less
from homeport.daemon.api.relay import Relay
from homeport.policies.errors import HomeportError

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer


async def generate(call: Call, house: House, model: str, *, stream: bool) -> None:
    """Answer one prompt."""
    prompt = read(await call.body(), call.headers, model, stream=stream)
    answer = partial(_answer, call, house)
    await answer_or_less(call, Lesser(prompt, []), in_other_words, answer)


async def _answer(call: Call, house: House, asked: Lesser) -> None:
    async with house.answering(asked.prompt) as answer:
        send = _stream if asked.prompt.stream else _reply
        await send(call, answer, Shown.to(asked.prompt), asked.left_out)


async def _reply(call: Call, answer: Answer, shown: Shown, left_out: list[str]) -> None:
    gathered = Gathered(shown, left_out)
    async for delta in answer.deltas():
        gathered.add(delta, answer.view)
    view = answer.view
    told = gathered.object(view)
    await call.reply_json(told, headers=whole_headers(view, gathered.finish))


async def _stream(call: Call, answer: Answer, shown: Shown, left_out: list[str]) -> None:
    """The head is sent with the first delta, so that what fails before it has its own status."""
    framing = Events() if call.query().get("alt") == "sse" else Array()
    stream = AnswerStream(lambda: answer.view, shown, framing, left_out)
    call.last_words = stream.last_words
    kind = framing.content_type
    relay = Relay(call, kind, lambda: stream_headers(answer.view), stream.beat)
    error = await relay.run(answer.deltas(), stream.encode)
    try:
        if error is not None:
            raise error
        await relay.finish(stream.end())
    except HomeportError as trouble:
        if call.started:
            await call.write(framing.aside(trouble))
        raise
