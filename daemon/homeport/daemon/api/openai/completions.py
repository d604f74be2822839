"""`POST /v1/completions`: OpenAI's older wire of plain text, streaming and not.

Several texts in one request are answered one after the other, each by its own
decision.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence

import msgspec

from homeport.adapters.base import Delta, Prompt
from homeport.daemon.api.answer_marks import (
    EVENT_STREAM,
    Headers,
    as_it_comes,
    stream_headers,
    whole_headers,
)
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.openai.chat_write import BEAT, error_chunk
from homeport.daemon.api.openai.completions_read import read
from homeport.daemon.api.openai.completions_write import (
    Chunks,
    Written,
    completion_object,
    total_homeport,
)
from homeport.daemon.api.relay import Relay


async def create(call: Call, house: House) -> None:
    """Answer every text."""
    prompts, with_usage = read(await call.body(), call.headers)
    if prompts[0].stream:
        await _stream(call, house, prompts, with_usage=with_usage)
    else:
        await _reply(call, house, prompts)


async def _said(house: House, prompts: Sequence[Prompt]) -> AsyncGenerator[tuple[Written, Delta]]:
    """Every delta of every answer, in turn."""
    for index, prompt in enumerate(prompts):
        if index:  # what was asked in part is not kept to be asked again as a whole
            labels = msgspec.structs.replace(prompt.labels, defer="")
            prompt = msgspec.structs.replace(prompt, labels=labels)
        async with house.answering(prompt) as answer:
            written = Written(prompt, index, answer.view)
            async for delta in answer.deltas():
                written.view = answer.view
                yield written, delta


async def _reply(call: Call, house: House, prompts: Sequence[Prompt]) -> None:
    chunks = Chunks(int(time.time()), len(prompts), with_usage=False)
    async for said in _said(house, prompts):
        chunks.encode(said)
    written = chunks.written
    cost = total_homeport(written)["cost_nano"]
    view = msgspec.structs.replace(written[0].view, cost_nano=cost)
    headers = whole_headers(view, written[0].finish)
    await call.reply_json(completion_object(written, int(time.time())), headers=headers)


async def _stream(call: Call, house: House, prompts: Sequence[Prompt], *, with_usage: bool) -> None:
    """The head is sent with the first text, so that what fails before it has its own status."""
    chunks = Chunks(int(time.time()), len(prompts), with_usage=with_usage)
    call.last_words = error_chunk
    relay = Relay(call, EVENT_STREAM, lambda: _stream_headers(chunks.written), lambda: BEAT)
    error = await relay.run(_said(house, prompts), chunks.encode)
    if error is not None:
        raise error
    await relay.finish(chunks.end())


def _stream_headers(written: Sequence[Written]) -> Headers:
    return stream_headers(written[0].view) if written else as_it_comes()
