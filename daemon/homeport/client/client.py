"""The daemon for Python programs: ask, stream, compare, and read what it knows.

    from homeport.client import Client, ask

    print(ask("Why is the sky blue?").text)

A client holds no connection and no thread: one may be used by many threads at
once, and every answer that still runs is cancelled when it is closed.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar, Unpack, overload

import msgspec

from homeport.client.answer_lines import GAP_S, UNFINISHED, event_of, value_of
from homeport.client.connection import Connection, LineStream, quoted
from homeport.client.destinations import loopback
from homeport.client.errors import BrokenAnswer, ClientError, Closed, NoDaemon
from homeport.client.options import (
    AskOptions,
    EditOptions,
    PromptOptions,
    Verdict,
    feedback_of,
    request_of,
)
from homeport.client.result import Result, facts_of
from homeport.client.start import ensure_daemon
from homeport.client.wire import (
    AskDone,
    AskStatus,
    AskText,
    FeedbackReply,
    ModelView,
    Snapshot,
    SpendGroup,
    SpendReport,
    Why,
)

T = TypeVar("T")

CANCELLED = "The answer was cancelled here."


class ModelList(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/models`."""

    models: tuple[ModelView, ...]


class Answer(Result, frozen=True, kw_only=True):
    """A result that one can ask about."""

    _client: Client

    def why(self) -> Why:
        """Everything about its decision: every candidate, every attempt, every cent."""
        return self._client.why(self.decision)

    def feedback(
        self, verdict: Verdict, *, answer: int | None = None, **edit: Unpack[EditOptions]
    ) -> FeedbackReply:
        """Says what it was worth; `answer` is the place in `answers` of the one that is meant."""
        whole = self.whole_answer(answer)
        return self._client.feedback(self.decision, verdict, answer=whole, **edit)


class Client:
    """The way to the daemon of this machine. Starts one where none runs, unless told not to."""

    def __init__(
        self, name: str = "python", *, start: bool = True, url: str = "", token: str = ""
    ) -> None:
        """`name` is who asks, in reports of spend.

        `url` is the daemon's loopback address, where its socket cannot be used;
        `token` is then the text of its token file, which is read where none is given.
        """
        self.name = name
        self._start = start and not url
        self._connection = Connection([loopback(url, token, "url")] if url else None)
        self._lock = threading.Lock()
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self._closed = False

    def __repr__(self) -> str:
        return f"Client({self.name!r}{', closed' if self._closed else ''})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Cancels every answer that still runs. Asking again raises Closed."""
        with self._lock:
            self._closed = True
            running = list(self._streams)
        for stream in running:
            stream.close()

    # -- prompts

    @overload
    def ask(
        self, prompt: str, *, stream: Literal[False] = False, **options: Unpack[AskOptions]
    ) -> Answer: ...

    @overload
    def ask(
        self, prompt: str, *, stream: Literal[True], **options: Unpack[AskOptions]
    ) -> Stream: ...

    def ask(
        self, prompt: str, *, stream: bool = False, **options: Unpack[AskOptions]
    ) -> Answer | Stream:
        """The answer to a prompt; with `stream`, its text as it comes. Raises ClientError.

        Every option is described in `AskOptions`.
        """
        opened = self._stream(request_of(prompt, options, self.name))
        return opened if stream else opened.read()

    def compare(
        self, prompt: str, models: str | Sequence[str], **options: Unpack[PromptOptions]
    ) -> Answer:
        """The answers of several models, side by side in `answers`. Raises ClientError."""
        return self.ask(prompt, strategy="compare", models=models, **options)

    def route(self, prompt: str, **options: Unpack[AskOptions]) -> Why:
        """Where a prompt would go, and why; nothing is asked. Raises ClientError."""
        request = request_of(prompt, options, self.name)
        return self._value(lambda way: way.post("route", request).body, Why)

    # -- what the daemon knows

    def models(self, *, refresh: bool = False) -> tuple[ModelView, ...]:
        """Every model; `refresh` asks their servers again."""
        query = {"refresh": 1} if refresh else {}
        return self._value(lambda way: way.get("models", **query).body, ModelList).models

    def status(self) -> Snapshot:
        """How the daemon stands."""
        return self._value(lambda way: way.get("status").body, Snapshot)

    def spend(self, by: SpendGroup = "day", *, days: int = 30) -> SpendReport:
        """What was spent, grouped."""
        return self._value(lambda way: way.get("spend", by=by, days=days).body, SpendReport)

    def why(self, decision: str = "last") -> Why:
        """Everything about one decision: its id, the start of it, or `last`."""
        route = f"decisions/{quoted(decision)}"
        return self._value(lambda way: way.get(route).body, Why)

    def feedback(
        self,
        decision: str,
        verdict: Verdict,
        *,
        answer: int | None = None,
        **edit: Unpack[EditOptions],
    ) -> FeedbackReply:
        """Says what an answer was worth, so that later ones go to the right model.

        `answer` is which of several that came whole is meant, counted from 0.
        """
        said = feedback_of(decision, verdict, answer, edit)
        return self._value(lambda way: way.post("feedback", said).body, FeedbackReply)

    # -- the way there

    def _value(self, send: Callable[[Connection], bytes], kind: type[T]) -> T:
        return value_of(self._send(send), kind)

    def _stream(self, request: bytes) -> Stream:
        lines = self._send(lambda way: way.stream("POST", "ask", request, gap_s=GAP_S))
        with self._lock:
            stream = Stream(self, lines)
            if not self._closed:
                self._streams.add(stream)
                return stream
        stream.close()
        raise Closed(CANCELLED)

    def _send(self, send: Callable[[Connection], T]) -> T:
        """What `send` gives; a daemon that is not there is started once."""
        if self._closed:
            raise Closed("This client is closed.")
        try:
            return send(self._connection)
        except NoDaemon:
            if not self._start:
                raise
        ensure_daemon()
        return send(self._connection)


class Stream:
    """One answer as it comes: iterate for its text. Closing it cancels the answer."""

    def __init__(self, client: Client, lines: LineStream) -> None:
        self._client = client
        self._lines = lines
        self._left = iter(lines)
        self._result: Answer | None = None
        self._closed = False
        self.decision = ""
        """The id that `why` takes; known from the first event on."""

    def __repr__(self) -> str:
        state = "whole" if self._result else "closed" if self._closed else "running"
        return f"Stream({self.decision or '?'}, {state})"

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __iter__(self) -> Iterator[str]:
        """Pieces of the text; where several answers come side by side, of the first."""
        for event in self.events():
            if isinstance(event, AskText) and event.answer == 0:
                yield event.text

    def events(self) -> Iterator[AskStatus | AskText]:
        """Pieces of every answer, and how the request stands. Raises ClientError."""
        while (event := self._next()) is not None:
            yield event

    def read(self) -> Answer:
        """The whole answer. Raises ClientError."""
        for _ in self.events():
            pass
        return self.result

    @property
    def result(self) -> Answer:
        """The whole answer, after its end."""
        if self._result is None:
            raise ClientError("The answer has not come to its end.")
        return self._result

    def close(self) -> None:
        """Cancels what still runs."""
        self._closed = True
        self._lines.close()

    def _next(self) -> AskStatus | AskText | None:
        """The next event; None at the end of the answer."""
        if self._result is not None:
            return None
        try:
            return self._read()
        except BaseException as error:
            self._lines.close()
            if self._closed and isinstance(error, BrokenAnswer):
                raise Closed(CANCELLED) from None
            raise

    def _read(self) -> AskStatus | AskText | None:
        for line in self._left:
            event = event_of(line)
            if isinstance(event, AskDone):
                self._result = Answer(**facts_of(event.result), _client=self._client)
                self._lines.close()
                return None
            if isinstance(event, AskStatus):
                self.decision = event.request.id
            if event is not None:
                return event
        raise BrokenAnswer(UNFINISHED)


@overload
def ask(
    prompt: str, *, stream: Literal[False] = False, **options: Unpack[AskOptions]
) -> Answer: ...


@overload
def ask(prompt: str, *, stream: Literal[True], **options: Unpack[AskOptions]) -> Stream: ...


def ask(prompt: str, *, stream: bool = False, **options: Unpack[AskOptions]) -> Answer | Stream:
    """The answer to a prompt; with `stream`, its text as it comes. Raises ClientError.

    Every option is described in `AskOptions`.
    """
    client = Client()
    return client.ask(prompt, stream=True, **options) if stream else client.ask(prompt, **options)
