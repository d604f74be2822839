"""`POST /api/chat` and `POST /api/generate`: one answer, streaming unless told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from homeport.daemon.api.answer_marks import stream_headers, whole_headers
from homeport.daemon.api.call import NDJSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama.loading import load_or_let_go, stay
from homeport.daemon.api.ollama.names import renamer, unknown_model
from homeport.daemon.api.ollama.read import Asked, read_chat, read_generate
from homeport.daemon.api.ollama.write import Lines, Say, chat_piece, error_line, generate_piece
from homeport.daemon.api.relay import Relay
from homeport.policies.errors import NotFound

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer


async def chat(call: Call, house: House) -> None:
    """A conversation."""
    await house.daemon.fleet.first_look()
    asked = read_chat(await call.body(), call.headers, renamer(house))
    await _respond(call, house, asked, chat_piece)


async def generate(call: Call, house: House) -> None:
    """One prompt, raw text, or what stands between two texts."""
    await house.daemon.fleet.first_look()
    asked = read_generate(await call.body(), call.headers, renamer(house))
    await _respond(call, house, asked, generate_piece)


async def _respond(call: Call, house: House, asked: Asked, say: Say) -> None:
    if asked.loads:
        await load_or_let_go(call, house, asked, say)
        return
    lines = Lines(asked, say)
    async with _answering(house, asked) as answer:
        if asked.prompt.stream:
            await _stream(call, answer, lines)
        else:
            await _reply(call, answer, lines)
        model = answer.view.model
    await stay(house, model, asked.keep_alive_s)


@asynccontextmanager
async def _answering(house: House, asked: Asked) -> AsyncIterator[Answer]:
    try:
        async with house.answering(asked.prompt) as answer:
            yield answer
    except NotFound as error:
        if error.code == "model_not_found":
            raise unknown_model(asked.name, error) from None
        raise


async def _reply(call: Call, answer: Answer, lines: Lines) -> None:
    async for delta in answer.deltas():
        lines.gather(delta)
    view = answer.view
    await call.reply_json(lines.whole(view), headers=whole_headers(view, lines.finish))


async def _stream(call: Call, answer: Answer, lines: Lines) -> None:
    """The head is sent with the first line, so that what fails before it has its own status."""
    call.last_words = error_line
    relay = Relay(call, NDJSON, lambda: stream_headers(answer.view), lines.beat)
    error = await relay.run(answer.deltas(), lines.encode)
    if error is not None:
        raise error
    await relay.finish(lines.end(answer.view))
