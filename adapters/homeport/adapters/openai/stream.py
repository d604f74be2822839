"""Sends a chat completion request and yields its answer as `Delta`s."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from homeport.adapters.base import (
    Answer,
    AttemptFailed,
    Delta,
    Spoken,
    TextDelta,
    UsageDelta,
    Wired,
)
from homeport.adapters.http.answer import MAX_JSON_BYTES
from homeport.adapters.http.halves import Halves
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import comes_whole, ended, linger, next_piece, tokens_in
from homeport.adapters.http.sse import EventReader
from homeport.adapters.http.sse_raw import RawEvent, RawEventReader
from homeport.adapters.http.upstream_errors import UNREADABLE, Garbage, Upstream, UpstreamError
from homeport.adapters.openai.read import CompletionReader
from homeport.adapters.openai.responses_read import WIRE as RESPONSES
from homeport.adapters.openai.responses_read import ResponseReader

_DONE: Final = b"[DONE]"
_TEXT_ALONE: Final = {TextDelta}
_FEW: Final = 4
"""Events in one piece, fewer of which are read one by one."""

Reader = CompletionReader | ResponseReader


@dataclass(slots=True)
class Opened:
    """An answer whose head has come, and what its reading needs."""

    response: Answer
    who: Upstream
    pace: Pace
    dropped: tuple[str, ...] = ()
    gathers: bool = False
    """The caller takes the answer whole: words that came together may go on together."""
    wired: bool = False
    """The caller speaks this wire: what comes goes on as it came."""
    responses: bool = False
    """The answer is of the Responses wire."""


class AnswerDeltas:
    """The deltas of one answer, a `Finish` last; raises `AttemptFailed`, told to `doubt` first.

    Iterate over it once. Not an async generator, whose bookkeeping in the event loop costs
    more than what is done here for a delta.
    """

    def __init__(
        self, open_answer: Callable[[], Awaitable[Opened]], doubt: Callable[[AttemptFailed], None]
    ) -> None:
        self._open = open_answer
        self._doubt = doubt
        self._opened: Opened | None = None
        self._answer: StreamedAnswer | None = None
        self._ready: list[Delta] = []
        """Deltas that have come, the last one first."""
        self._handed: Delta | None = None
        """The one that the caller is busy with."""
        self._over = False

    def __aiter__(self) -> AnswerDeltas:
        return self

    async def __anext__(self) -> Delta:
        if self._over:
            await self.aclose()
            raise StopAsyncIteration
        try:
            opened = self._opened
            if opened is None:
                opened = self._opened = await self._open()
                self._answer = _answer_of(opened)
            assert self._answer is not None  # noqa: S101 - made with its opening
            return await self._next(opened, self._answer)
        except BaseException as error:
            if isinstance(error, AttemptFailed):
                if self._answer is not None:
                    error.usage = self._answer.reader.usage
                self._doubt(error)
            await self.aclose()
            raise

    async def _next(self, opened: Opened, answer: StreamedAnswer) -> Delta:
        handed, self._handed = self._handed, None
        if handed is not None and says_something(handed):
            opened.pace.passed(tokens_in(handed))
        while not self._ready:
            answer.raise_trouble(opened.who, opened.pace.tokens)
            if answer.whole:
                self._over = True
                return ended(answer.reader.finish(), answer.ending, opened.dropped)
            piece = await next_piece(opened.response, opened.who, opened.pace)
            deltas = answer.end() if piece is None else answer.feed(piece)
            self._ready = (gathered(deltas) if opened.gathers else deltas)[::-1]
        self._handed = self._ready.pop()
        return self._handed

    async def aclose(self) -> None:
        """Stop the work upstream, where it goes on; may be called again."""
        self._over = True
        opened, self._opened = self._opened, None
        if opened is not None:
            if self._answer is not None and self._answer.whole:
                await linger(opened.response)
            await opened.response.aclose()


def gathered(deltas: list[Delta]) -> list[Delta]:
    """The same answer, neighbouring pieces of text made one."""
    if len(deltas) > 1 and {type(delta) for delta in deltas} == _TEXT_ALONE:
        return [_joined(deltas)]  # type: ignore[arg-type]  # of nothing but text
    pieces: list[Delta] = []
    for delta in deltas:
        last = pieces[-1] if pieces else None
        if isinstance(delta, TextDelta) and isinstance(last, TextDelta):
            pieces[-1] = TextDelta(
                last.text + delta.text, last.tokens + delta.tokens, last.logprobs + delta.logprobs
            )
        else:
            pieces.append(delta)
    return pieces


def _joined(deltas: list[TextDelta]) -> TextDelta:
    logprobs = [token for delta in deltas for token in delta.logprobs]
    return TextDelta(
        "".join([delta.text for delta in deltas]),
        sum([delta.tokens for delta in deltas]),
        tuple(logprobs),
    )


def says_something(delta: Delta) -> bool:
    """Whether it is more than a sign of life."""
    if isinstance(delta, Wired):
        return bool(delta.deltas)
    return not isinstance(delta, UsageDelta)


class StreamedAnswer:
    """An answer as server-sent events, read chunk by chunk.

    What is wrong with a chunk is kept as its trouble until the deltas before it
    were taken: no word that came is lost.
    """

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader: Reader = reader or CompletionReader()
        self.whole = False
        """The wire's own end came, and a finish reason before it."""
        self._events = EventReader()
        self._halves = Halves()
        self._trouble: Exception | None = None
        self._truncated = False
        self.ending = b""
        """The events that end the answer as they came, where they are kept."""

    def feed(self, chunk: bytes) -> list[Delta]:
        """The deltas in a chunk of the body."""
        deltas: list[Delta] = []
        try:
            reader = self.reader
            closes_itself = reader.wire == RESPONSES
            events = [data for _, data in self._events.feed(chunk) if data]
            looked, ahead = len(events) < _FEW, 0
            for at, data in enumerate(events):
                if not looked and not self._halves.held and reader.is_framed:
                    words = reader.words(events[at:])
                    deltas += [TextDelta(word) for word in words]
                    looked, ahead = True, at + len(words)
                if at < ahead:
                    continue
                if data == _DONE:
                    self._done()
                    break
                deltas += self._halves.read(data, reader.read)
                if closes_itself and self._is_closed():
                    break
        except UNREADABLE as error:
            self._trouble = error
        return deltas

    def end(self) -> list[Delta]:
        """The body ended. Some servers leave out the blank line after their last word."""
        deltas: list[Delta] = []
        for _, data in self._events.rest():
            if data == _DONE:
                self._done()
            elif data:
                with self._lenient():
                    deltas += self._halves.read(data, self.reader.read)
                    self._is_closed()
        self._cut_short(strange=self._events.strange)
        return deltas

    def raise_trouble(self, who: Upstream, sent_tokens: int) -> None:
        """Raise what was wrong, as an `AttemptFailed`."""
        if isinstance(self._trouble, UpstreamError):
            raise who.said(self._trouble.error, sent_tokens)
        if self._trouble:
            raise who.failed("garbage", sent_tokens=sent_tokens)
        if self._truncated:
            raise who.failed("truncated", sent_tokens=sent_tokens)

    @contextmanager
    def _lenient(self) -> Iterator[None]:
        """For the last event of a body, which may be cut: only an error that it tells counts."""
        try:
            yield
        except UpstreamError as error:
            self._trouble = error
        except UNREADABLE:
            return

    def _cut_short(self, *, strange: bool) -> None:
        """The body has ended, which is too soon unless the answer is whole."""
        self._truncated = not self.whole
        if strange and not self.whole and self._trouble is None:
            self._trouble = Garbage("not a text in UTF-8")

    def _is_closed(self) -> bool:
        """On the Responses wire the last event is the end; nothing terminates the stream."""
        if self.reader.wire == RESPONSES and self.reader.ended:
            self._done()
        return self.whole

    def _done(self) -> None:
        self.whole = self.reader.ended
        self._truncated = not self.whole


class WiredAnswer(StreamedAnswer):
    """An answer whose events go on as they came, beside what they say.

    Nothing goes on before the first word, so that what fails until then is not
    seen; and the events from the one with the finish reason on are kept back for
    the end, with what they say, so that a broken end can still be gone on from.
    """

    def __init__(self, reader: Reader | None = None) -> None:
        super().__init__(reader)
        self._raw = RawEventReader()
        self._held: list[bytes] = []
        self._begun = False
        self._told: UsageDelta | None = None
        self._told_after = 0
        """How much of a chunk had been said by then."""
        self._last: list[Spoken] = []
        """Said in the events that end the answer."""

    def feed(self, chunk: bytes) -> list[Delta]:
        """At most one `Wired` for all events of a chunk, beside what its server counted, and one
        more at the end."""
        spoken: list[Spoken] = []
        try:
            for event in self._raw.feed(chunk):
                self._take(event, spoken)
                if self.whole or self._truncated:
                    break
        except UNREADABLE as error:
            self._trouble = error
        return self._handed_on(spoken)

    def end(self) -> list[Delta]:
        """The body ended, perhaps without the blank line after its last word."""
        spoken: list[Spoken] = []
        for event in RawEventReader().feed(self._raw.rest().strip(b"\r\n") + b"\n\n"):
            with self._lenient():
                self._take(event, spoken)
        self._cut_short(strange=self._raw.strange)
        return self._handed_on(spoken)

    def _take(self, event: RawEvent, spoken: list[Spoken]) -> None:
        if event.data == _DONE:
            self.ending += event.raw
            self._done()
            return
        self._halves.take(event, self.reader.read, partial(self._keep, spoken))

    def _keep(self, spoken: list[Spoken], event: RawEvent, said: list[Delta]) -> None:
        if self.reader.ended:
            self.ending += event.raw
            self._is_closed()
            self._last += said  # type: ignore[arg-type]  # a reader gives what is spoken alone
        else:
            self._held.append(event.raw)
            if said and isinstance(said[-1], UsageDelta):
                self._told = said.pop()  # type: ignore[assignment]
                self._told_after = len(spoken) + len(said)
            spoken += said  # type: ignore[arg-type]

    def _handed_on(self, spoken: list[Spoken]) -> list[Delta]:
        told, self._told = self._told, None
        deltas = self._wired(spoken)
        if told is None:
            return deltas
        return [*deltas, told] if self._told_after == len(spoken) else [told, *deltas]

    def _wired(self, spoken: list[Spoken]) -> list[Delta]:
        if self.whole:
            spoken = [*spoken, *self._last]
        self._begun = self._begun or bool(spoken) or self.whole
        if not self._begun or not (self._held or spoken):
            return []
        data, self._held = b"".join(self._held), []
        return [Wired(self.reader.wire, data, tuple(spoken))]


class WholeAnswer(StreamedAnswer):
    """An answer in one JSON body, of a server that does not stream."""

    def __init__(self, reader: Reader | None = None) -> None:
        super().__init__(reader)
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
            deltas = self._halves.read(bytes(self._body), self.reader.read)
        except UNREADABLE as error:
            self._trouble = error
            return []
        self._done()
        return deltas


def _answer_of(opened: Opened) -> StreamedAnswer:
    reader: Reader = ResponseReader() if opened.responses else CompletionReader()
    if comes_whole(opened.response, opened.who):
        return WholeAnswer(reader)
    return WiredAnswer(reader) if opened.wired else StreamedAnswer(reader)
