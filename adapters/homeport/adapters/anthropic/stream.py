"""Reads an answer of Anthropic's Messages API as it arrives, and hands it on.

Where the request was the caller's own bytes, whole events go on as they came
(`Wired`): nothing before the first word, so that another model can still begin
the answer, and the events that end it with the `Finish`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.anthropic.read import MessageReader, spoken_tokens
from homeport.adapters.anthropic.write import Written
from homeport.adapters.base import (
    Answer,
    AttemptFailed,
    Delta,
    Finish,
    PartEnd,
    Spoken,
    StatusDelta,
    UsageDelta,
    Wired,
)
from homeport.adapters.http.answer import MAX_JSON_BYTES
from homeport.adapters.http.halves import Halves
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import comes_whole, ended, linger, next_piece
from homeport.adapters.http.sse_raw import RawEvent, RawEventReader
from homeport.adapters.http.upstream_errors import UNREADABLE, Garbage, Upstream, UpstreamError

_SIGN_S: Final = 5.0
"""How often a model that works unseen is said to be at work."""
_CLOSING: Final = ("message_delta", "message_stop")
"""Events that end an answer."""


@dataclass(slots=True)
class Opened:
    """An answer whose head has come, and what its reading needs."""

    response: Answer
    who: Upstream
    pace: Pace
    written: Written = field(default_factory=lambda: Written(b""))


async def answer_deltas(
    open_answer: Callable[[], Awaitable[Opened]], doubt: Callable[[AttemptFailed], None]
) -> AsyncGenerator[Delta]:
    """The deltas of one answer, a `Finish` last; raises `AttemptFailed`, told to `doubt` first."""
    opened: Opened | None = None
    answer: StreamedMessage | None = None
    try:
        opened = await open_answer()
        pace = opened.pace
        answer = _answer_of(opened)
        quiet = _Quiet()
        while not answer.whole:
            heard = answer.events
            piece = await next_piece(opened.response, opened.who, pace)
            deltas = answer.end() if piece is None else answer.feed(piece)
            if answer.events > heard:
                pace.alive()
            for delta in deltas or quiet.sign():
                yield delta
                if not isinstance(delta, StatusDelta | UsageDelta):
                    pace.passed(_tokens_in(delta))
            answer.raise_trouble(opened.who, pace.tokens)
        yield answer.finish()
    except AttemptFailed as error:
        error.usage = answer.reader.usage if answer is not None else None
        doubt(error)
        raise
    finally:
        if opened is not None:
            if answer is not None and answer.whole:
                await linger(opened.response)
            await opened.response.aclose()


class _Quiet:
    """Tells now and then that an upstream works which does not show its thinking."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._told = self._now()

    def sign(self) -> list[Delta]:
        """What is told when something came that says nothing."""
        if self._now() - self._told < _SIGN_S:
            return []
        self._told = self._now()
        return [StatusDelta("prefill", "it is thinking")]


def _tokens_in(delta: Delta) -> int:
    return spoken_tokens(delta.deltas if isinstance(delta, Wired) else (delta,))


class StreamedMessage:
    """An answer as server-sent events, read chunk by chunk.

    What is wrong with a chunk is kept as its trouble until the deltas before it
    were taken: no word that came is lost.
    """

    def __init__(self, written: Written) -> None:
        self.reader = MessageReader(written.unwrapped, written.tail)
        self._dropped = written.dropped
        self._wires = written.raw
        self._events = RawEventReader()
        self._halves = Halves()
        self._going = b""
        """Whole events that go on with the next word."""
        self._closing = b""
        """Whole events that go with the end of the answer."""
        self._spoke = False
        self._trouble: Exception | None = None
        self.events = 0
        """How many came so far."""

    @property
    def whole(self) -> bool:
        """The wire's own end came."""
        return self.reader.ended

    def feed(self, chunk: bytes) -> list[Delta]:
        """The deltas in a chunk of the body."""
        spoken: list[Spoken] = []
        told: list[tuple[int, UsageDelta]] = []
        keep = partial(self._take, spoken, told)
        try:
            for event in self._events.feed(chunk):
                self._halves.take(event, self.reader.read, keep)
                if self.whole:
                    break
        except UNREADABLE as error:
            self._trouble = error
        deltas: list[Delta] = self._wired(spoken) if self._wires else [*spoken]
        for after, usage in reversed(told):
            # What goes on as it came is not parted: what is counted twice is no danger.
            deltas.insert(after if after == len(spoken) or not self._wires else 0, usage)
        return deltas

    def end(self) -> list[Delta]:
        """The body ended; its last event may lack the blank line."""
        rest = self._events.rest()
        deltas = self.feed(rest + b"\n\n") if rest.strip() else []
        if not self.whole and self._trouble is None:
            strange = self._events.strange
            self._trouble = Garbage("not a text in UTF-8") if strange else EOFError()
        return deltas

    def finish(self) -> Finish:
        """The end of the answer, with the events that told it."""
        return ended(self.reader.finish(), self._going + self._closing, self._dropped)

    def raise_trouble(self, who: Upstream, sent_tokens: int) -> None:
        """Raise what was wrong, as an `AttemptFailed`."""
        if isinstance(self._trouble, UpstreamError):
            raise who.said(self._trouble.error, sent_tokens)
        if isinstance(self._trouble, EOFError):
            raise who.failed("truncated", sent_tokens=sent_tokens)
        if self._trouble:
            raise who.failed("garbage", sent_tokens=sent_tokens)

    def _take(
        self,
        spoken: list[Spoken],
        told: list[tuple[int, UsageDelta]],
        event: RawEvent,
        said: list[Spoken],
    ) -> None:
        spoken += said
        if self.reader.told is not None:
            told.append((len(spoken), self.reader.told))
            self.reader.told = None
        self.events += bool(event.data)
        if self._wires:
            self._keep(event.raw, has_data=bool(event.data))

    def _keep(self, raw: bytes, *, has_data: bool) -> None:
        kind = self.reader.last_kind if has_data else ""
        closes = kind in _CLOSING or (self._closing and not kind.startswith("content_block"))
        if closes:
            self._closing += raw
        else:
            self._going += self._closing + raw
            self._closing = b""

    def _wired(self, spoken: list[Spoken]) -> list[Delta]:
        self._spoke = self._spoke or any(not isinstance(delta, PartEnd) for delta in spoken)
        if not self._spoke or not self._going:
            return []
        data, self._going = self._going, b""
        return [Wired(WIRE, data, tuple(spoken))]


class WholeMessage(StreamedMessage):
    """An answer in one JSON body, of a server that does not stream."""

    def __init__(self, written: Written) -> None:
        super().__init__(replace(written, raw=False))
        self._body = bytearray()

    def feed(self, chunk: bytes) -> list[Delta]:
        """Nothing before the body is whole."""
        self._body += chunk
        if len(self._body) > MAX_JSON_BYTES:
            self._trouble = Garbage("the body is too large")
        return []

    def end(self) -> list[Delta]:
        """Everything at once."""
        try:
            deltas = self._halves.read(bytes(self._body), self.reader.read_whole)
        except UNREADABLE as error:
            self._trouble = error
            return []
        if not self.whole:
            self._trouble = EOFError()
        return list(deltas)


def _answer_of(opened: Opened) -> StreamedMessage:
    whole = comes_whole(opened.response, opened.who)
    return WholeMessage(opened.written) if whole else StreamedMessage(opened.written)
