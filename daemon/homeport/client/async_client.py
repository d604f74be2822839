"""The daemon for asyncio programs: what `client.py` is for others.

    from homeport.client import AsyncClient

    async with AsyncClient() as client:
        async for piece in client.ask("Why is the sky blue?", stream=True):
            print(piece, end="")

Cancelling the task that waits for an answer cancels the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Literal, TypeVar, Unpack, overload
from weakref import WeakSet

import msgspec

from homeport.client.answer_lines import GAP_S, UNFINISHED, event_of, value_of
from homeport.client.client import CANCELLED, ModelList
from homeport.client.connection import ANSWER_TIMEOUT_S, PREFIX, quoted, refusal
from homeport.client.destinations import Destination, destinations, loopback
from homeport.client.errors import BrokenAnswer, ClientError, Closed, NoDaemon
from homeport.client.exchange import Reply, exchange
from homeport.client.heard import Lines
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

SILENT = "The daemon has been silent too long. Look at: homeport logs; then: homeport restart"


class AsyncAnswer(Result, frozen=True, kw_only=True):
    """A result that one can ask about."""

    _client: AsyncClient

    async def why(self) -> Why:
        """Everything about its decision: every candidate, every attempt, every cent."""
        return await self._client.why(self.decision)

    async def feedback(
        self, verdict: Verdict, *, answer: int | None = None, **edit: Unpack[EditOptions]
    ) -> FeedbackReply:
        """Says what it was worth; `answer` is the place in `answers` of the one that is meant."""
        whole = self.whole_answer(answer)
        return await self._client.feedback(self.decision, verdict, answer=whole, **edit)


class AsyncClient:
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
        self._where: list[Destination] | None = [loopback(url, token, "url")] if url else None
        self._streams: WeakSet[AsyncStream] = WeakSet()
        self._closed = False

    def __repr__(self) -> str:
        return f"AsyncClient({self.name!r}{', closed' if self._closed else ''})"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancels every answer that still runs. Asking again raises Closed."""
        self._closed = True
        for stream in list(self._streams):
            await stream.aclose()

    # -- prompts

    @overload
    def ask(
        self, prompt: str, *, stream: Literal[False] = False, **options: Unpack[AskOptions]
    ) -> Coroutine[Any, Any, AsyncAnswer]: ...

    @overload
    def ask(
        self, prompt: str, *, stream: Literal[True], **options: Unpack[AskOptions]
    ) -> AsyncStream: ...

    def ask(
        self, prompt: str, *, stream: bool = False, **options: Unpack[AskOptions]
    ) -> Coroutine[Any, Any, AsyncAnswer] | AsyncStream:
        """The answer to a prompt, to be awaited; with `stream`, its text as it comes.

        Every option is described in `AskOptions`. Raises ClientError where it is read.
        """
        opened = AsyncStream(self, request_of(prompt, options, self.name))
        self._streams.add(opened)
        return opened if stream else opened.read()

    async def compare(
        self, prompt: str, models: str | Sequence[str], **options: Unpack[PromptOptions]
    ) -> AsyncAnswer:
        """The answers of several models, side by side in `answers`. Raises ClientError."""
        return await self.ask(prompt, strategy="compare", models=models, **options)

    async def route(self, prompt: str, **options: Unpack[AskOptions]) -> Why:
        """Where a prompt would go, and why; nothing is asked. Raises ClientError."""
        body = request_of(prompt, options, self.name)
        return await self._value("POST", "route", Why, body)

    # -- what the daemon knows

    async def models(self, *, refresh: bool = False) -> tuple[ModelView, ...]:
        """Every model; `refresh` asks their servers again."""
        route = "models?refresh=1" if refresh else "models"
        return (await self._value("GET", route, ModelList)).models

    async def status(self) -> Snapshot:
        """How the daemon stands."""
        return await self._value("GET", "status", Snapshot)

    async def spend(self, by: SpendGroup = "day", *, days: int = 30) -> SpendReport:
        """What was spent, grouped."""
        return await self._value("GET", f"spend?by={quoted(by)}&days={days}", SpendReport)

    async def why(self, decision: str = "last") -> Why:
        """Everything about one decision: its id, the start of it, or `last`."""
        return await self._value("GET", f"decisions/{quoted(decision)}", Why)

    async def feedback(
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
        body = msgspec.json.encode(feedback_of(decision, verdict, answer, edit))
        return await self._value("POST", "feedback", FeedbackReply, body)

    # -- the way there

    async def _value(self, method: str, route: str, kind: type[T], body: bytes = b"") -> T:
        async with _in_time(ANSWER_TIMEOUT_S), contextlib.AsyncExitStack() as way:
            reply = await self.opened(way, method, route, body)
            answer = await reply.read_all()
        return value_of(answer, kind)

    async def opened(
        self, way: contextlib.AsyncExitStack, method: str, route: str, body: bytes = b""
    ) -> Reply:
        """An answer that may be read until `way` is left. Raises ClientError."""
        if self._closed:
            raise Closed("This client is closed.")
        try:
            reply = await way.enter_async_context(self._exchange(method, route, body))
        except NoDaemon:
            if not self._start:
                raise
            await asyncio.to_thread(ensure_daemon)
            reply = await way.enter_async_context(self._exchange(method, route, body))
        if reply.status >= 400:
            raise refusal(reply.status, await reply.read_all())
        return reply

    def _exchange(
        self, method: str, route: str, body: bytes
    ) -> contextlib.AbstractAsyncContextManager[Reply]:
        where = self._where or destinations()
        return exchange(where, method, PREFIX + route, body, head_s=GAP_S)


class AsyncStream:
    """One answer as it comes: iterate for its text. Closing it cancels the answer.

    It is asked when it is first read.
    """

    def __init__(self, client: AsyncClient, body: bytes) -> None:
        self._client = client
        self._body = body
        self._way = contextlib.AsyncExitStack()
        self._reply: Reply | None = None
        self._lines = Lines()
        self._left: deque[bytes] = deque()
        self._result: AsyncAnswer | None = None
        self._closed = False
        self.decision = ""
        """The id that `why` takes; known from the first event on."""

    def __repr__(self) -> str:
        state = "whole" if self._result else "closed" if self._closed else "running"
        return f"AsyncStream({self.decision or '?'}, {state})"

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Pieces of the text; where several answers come side by side, of the first."""
        async for event in self.events():
            if isinstance(event, AskText) and event.answer == 0:
                yield event.text

    async def events(self) -> AsyncIterator[AskStatus | AskText]:
        """Pieces of every answer, and how the request stands. Raises ClientError."""
        while (event := await self._next()) is not None:
            yield event

    async def read(self) -> AsyncAnswer:
        """The whole answer. Raises ClientError."""
        async for _ in self.events():
            pass
        return self.result

    @property
    def result(self) -> AsyncAnswer:
        """The whole answer, after its end."""
        if self._result is None:
            raise ClientError("The answer has not come to its end.")
        return self._result

    async def aclose(self) -> None:
        """Cancels what still runs."""
        self._closed = True
        await self._way.aclose()

    async def _next(self) -> AskStatus | AskText | None:
        """The next event; None at the end of the answer."""
        if self._result is not None:
            return None
        try:
            if self._closed:
                raise Closed(CANCELLED)
            return await self._read()
        except BaseException as error:
            await self._way.aclose()
            if self._closed and isinstance(error, BrokenAnswer | OSError):
                raise Closed(CANCELLED) from None
            raise

    async def _read(self) -> AskStatus | AskText | None:
        while True:
            event = event_of(await self._line())
            if isinstance(event, AskDone):
                self._result = AsyncAnswer(**facts_of(event.result), _client=self._client)
                await self._way.aclose()
                return None
            if isinstance(event, AskStatus):
                self.decision = event.request.id
            if event is not None:
                return event

    async def _line(self) -> bytes:
        if self._reply is None:
            self._reply = await self._client.opened(self._way, "POST", "ask", self._body)
        while not self._left:
            async with _in_time(GAP_S):
                piece = b"" if self._closed else await self._reply.read()
            if not piece:
                raise BrokenAnswer(UNFINISHED)
            self._left.extend(self._lines.feed(piece))
        return self._left.popleft()


@overload
def aask(
    prompt: str, *, stream: Literal[False] = False, **options: Unpack[AskOptions]
) -> Coroutine[Any, Any, AsyncAnswer]: ...


@overload
def aask(prompt: str, *, stream: Literal[True], **options: Unpack[AskOptions]) -> AsyncStream: ...


def aask(
    prompt: str, *, stream: bool = False, **options: Unpack[AskOptions]
) -> Coroutine[Any, Any, AsyncAnswer] | AsyncStream:
    """The answer to a prompt, to be awaited; with `stream`, its text as it comes.

    Every option is described in `AskOptions`. Raises ClientError where it is read.
    """
    client = AsyncClient()
    return client.ask(prompt, stream=True, **options) if stream else client.ask(prompt, **options)


@contextlib.asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """Raises BrokenAnswer where what is inside takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise BrokenAnswer(SILENT) from None
