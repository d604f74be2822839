"""Takes Gemini's answer off the wire and yields it as `Delta`s."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from homeport.adapters.base import (
    Answer,
    AttemptFailed,
    Delta,
    UsageDelta,
)
from homeport.adapters.gemini.errors import Broken, GeminiUpstream
from homeport.adapters.gemini.read import GenerateReader
from homeport.adapters.http.answer import MAX_JSON_BYTES
from homeport.adapters.http.halves import Halves
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import comes_whole, ended, next_piece, tokens_in
from homeport.adapters.http.sse import EventReader, EventTooLarge
from homeport.adapters.http.upstream_errors import UNREADABLE, Garbage, UpstreamError

_LINGER_S: Final = 0.25
"""How long more is waited for after the finish reason: usage and sources may come behind it."""


@dataclass(slots=True)
class Opened:
    """An answer whose head has come, and what its reading needs."""

    answer: Answer
    who: GeminiUpstream
    pace: Pace
    dropped: tuple[str, ...] = ()
    wired: StreamedAnswer | None = None
    """Reads the events where they go on as they came."""


class StreamedAnswer:
    """An answer as server-sent events, or in one JSON body, read chunk by chunk.

    What is wrong with a chunk is kept as its trouble until the deltas before it
    were taken: no word that came is lost.
    """

    def __init__(self, *, whole_body: bool = False) -> None:
        self.reader = GenerateReader()
        self.ending = b""
        """The events that ended the answer, where they go on as they came."""
        self.trouble: Exception | None = None
        self._events = EventReader()
        self._halves = Halves()
        self._body: bytearray | None = bytearray() if whole_body else None

    def feed(self, chunk: bytes) -> list[Delta]:
        """The deltas in a chunk of the body."""
        if self._body is not None:
            self._body += chunk
            if len(self._body) > MAX_JSON_BYTES:
                self.trouble = Garbage("the body is too large")
            return []
        try:
            events = self._events.feed(chunk)
        except EventTooLarge as error:
            self.trouble = error
            return []
        return self._read([data for _, data in events if data])

    def end(self) -> list[Delta]:
        """The body ended; a last event may lack its blank line."""
        if self._body is not None:
            return self._read([bytes(self._body)])
        deltas = self._read([data for _, data in self._events.rest()])
        if self._events.strange and not self.reader.ended and self.trouble is None:
            self.trouble = Garbage("not a text in UTF-8")
        return deltas

    def _read(self, events: list[bytes]) -> list[Delta]:
        deltas: list[Delta] = []
        for data in events:
            try:
                deltas += self._halves.read(data, self.reader.read)
            except UNREADABLE as error:
                self.trouble = error
                break
        return deltas

    def raise_trouble(self, who: GeminiUpstream, sent_tokens: int) -> None:
        """Raise what was wrong, as an `AttemptFailed`."""
        trouble = self.trouble
        if isinstance(trouble, Broken):
            raise who.failed(trouble.kind, detail=trouble.reason, sent_tokens=sent_tokens)
        if isinstance(trouble, UpstreamError):
            raise who.said(trouble.error, sent_tokens)
        if trouble:
            raise who.failed("garbage", sent_tokens=sent_tokens)


async def answer_deltas(
    open_answer: Callable[[], Awaitable[Opened]], note: Callable[[Delta], None]
) -> AsyncGenerator[Delta]:
    """The deltas of one answer, a `Finish` last; each is told to `note` before it is given.

    Raises `AttemptFailed`.
    """
    opened = await open_answer()
    body: StreamedAnswer | None = None
    try:
        body = _body_of(opened)
        more = True
        while more and not body.reader.ended:
            piece = await next_piece(opened.answer, opened.who, opened.pace)
            more = piece is not None
            for delta in body.end() if piece is None else body.feed(piece):
                note(delta)
                yield delta
                if not isinstance(delta, UsageDelta):
                    opened.pace.passed(tokens_in(delta))
            body.raise_trouble(opened.who, opened.pace.tokens)
        if not body.reader.ended:
            raise opened.who.failed("truncated", sent_tokens=opened.pace.tokens)
        for delta in await _late(body, opened.answer):
            note(delta)
            yield delta
            opened.pace.passed(tokens_in(delta))
        yield ended(body.reader.finish(), body.ending, opened.dropped)
    except AttemptFailed as error:
        error.usage = body.reader.usage if body is not None else None
        raise
    finally:
        await opened.answer.aclose()


async def _late(body: StreamedAnswer, answer: Answer) -> list[Delta]:
    """What comes behind the finish reason, which already made the answer whole."""
    deltas: list[Delta] = []
    try:
        async with asyncio.timeout(_LINGER_S):
            async for chunk in answer:
                deltas += body.feed(chunk)
            deltas += body.end()
    except Exception:  # noqa: BLE001  # the answer is whole already
        return deltas
    return deltas


def _body_of(opened: Opened) -> StreamedAnswer:
    if comes_whole(opened.answer, opened.who):
        return StreamedAnswer(whole_body=True)
    return opened.wired or StreamedAnswer()
