"""`POST /v1/chat/completions`: OpenAI's chat wire, streaming and not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from homeport.adapters.base import Prompt
from homeport.daemon.api.answer_marks import EVENT_STREAM, stream_headers, whole_headers
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.openai.chat_read import read
from homeport.daemon.api.openai.chat_request import knobs_of_the_wire
from homeport.daemon.api.openai.chat_whole import Whole
from homeport.daemon.api.openai.chat_write import BEAT, Chunks, error_chunk
from homeport.daemon.api.relay import Relay

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer


async def create(call: Call, house: House) -> None:
    """Answer one prompt."""
    prompt, with_usage = read(await call.body(), call.headers)
    async with house.answering(prompt) as answer:
        if prompt.stream:
            await _stream(call, prompt, answer, with_usage=with_usage)
        else:
            await _reply(call, prompt, answer)


async def _reply(call: Call, prompt: Prompt, answer: Answer) -> None:
    whole = Whole(knobs_of_the_wire(prompt.extras))
    async for delta in answer.deltas():
        whole.add(delta)
    view = answer.view
    completion = whole.object(prompt, view, int(time.time()))
    await call.reply_json(completion, headers=whole_headers(view, whole.finish))


async def _stream(call: Call, prompt: Prompt, answer: Answer, *, with_usage: bool) -> None:
    """The head is sent with the first delta, so that what fails before it has its own status."""
    chunks = Chunks(answer.id, int(time.time()), prompt, with_usage=with_usage)
    call.last_words = error_chunk
    relay = Relay(call, EVENT_STREAM, lambda: stream_headers(answer.view), lambda: BEAT)
    error = await relay.run(answer.deltas(), chunks.opening(lambda: answer.view.model))
    if error is not None:
        raise error
    await relay.finish(chunks.end(answer.view))
