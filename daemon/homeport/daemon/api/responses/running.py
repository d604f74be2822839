"""One answer in the background as it grows: its events, and the object as it stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from homeport.client.wire import RequestView
from homeport.daemon.api.lesser import Lesser
from homeport.daemon.api.responses.read import Asked
from homeport.daemon.api.responses.stream import Stream
from homeport.daemon.api.responses.whole import ResponseObject
from homeport.policies.errors import DaemonTrouble, HomeportError

if TYPE_CHECKING:
    from homeport.daemon.routing.router import Answer

END = b"\n\n"
STOPPED = "The daemon was stopped before this answer was whole: ask again."
"""What is left of an answer that nobody can finish."""


class Running:
    """One answer in the background, with its events so far."""

    def __init__(self) -> None:
        self.id = ""
        self.object = b""
        """The response as it stands."""
        self.view = RequestView(id="", at_ms=0, state="deciding")
        self.error: HomeportError | None = None
        """Why there is no answer at all."""
        self.is_over = False
        self.stopped_by_caller = False
        self._events: list[bytes] = []
        self._news = asyncio.Event()

    def __repr__(self) -> str:
        return f"Running({self.id}, {len(self._events)} events)"

    def tell(self, events: bytes = b"") -> None:
        """Let everyone who waits know of more events, or of the end."""
        self._events += [event + END for event in events.split(END) if event]
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def queued(self) -> None:
        """Wait for the id. Raises `HomeportError` where nothing may answer."""
        while not self.id and not self.is_over:
            await self._news.wait()
        if self.error is not None:
            raise self.error

    async def over(self) -> None:
        """Wait for the end."""
        while not self.is_over:
            await self._news.wait()

    async def events(self, after: int) -> AsyncIterator[bytes]:
        """Every event behind a number, to the last one."""
        at = after + 1
        while at < len(self._events) or not self.is_over:
            if at < len(self._events):
                batch, at = self._events[at:], len(self._events)
                yield b"".join(batch)
            else:
                await self._news.wait()


class Telling:
    """Makes an answer's events for those who watch it."""

    def __init__(self, asked: Asked, running: Running) -> None:
        self.asked = asked
        self.running = running
        self.has_spoken = False
        self._stream: Stream | None = None

    def queue(self, answer: Answer, lesser: Lesser) -> bool:
        """Give it its id, unless an earlier try has given it one."""
        running, stream = self.running, self._stream
        running.view = answer.view
        if stream is not None:
            stream.left_out = lesser.left_out
            return False
        response = ResponseObject(self.asked, int(time.time()), store=True)
        stream = self._stream = Stream(self.asked, answer.id, response, lesser.left_out)
        events, running.object = stream.queue(answer.view.model)
        running.id = stream.id
        running.tell(events)
        return True

    async def say(self, answer: Answer) -> None:
        """Tell the answer as it comes, to its end."""
        stream, running = self._spoken, self.running
        async for delta in answer.deltas():
            running.view = answer.view
            events = stream.encode(delta, answer.view.model)
            if events:
                if not self.has_spoken:
                    running.object = stream.begun(answer.view.model)
                self.has_spoken = True
                running.tell(events)
        running.view = answer.view
        ended = stream.end(answer.view)
        running.object = ended.object
        running.tell(ended.events)

    def break_off(self, error: HomeportError) -> None:
        """It cannot be finished. Raises where nobody has been told its id."""
        if self._stream is None:
            raise error
        events = self._stream.failed(error, self.running.view.model)
        self.running.object = self._stream.whole
        self.running.tell(events)

    def stop(self) -> None:
        """It was stopped: by its caller, or with the daemon."""
        if self._stream is None:
            return
        if not self.running.stopped_by_caller:
            self.break_off(DaemonTrouble(STOPPED, code="stopped"))
            return
        events = self._stream.cancelled(self.running.view.model)
        self.running.object = self._stream.whole
        self.running.tell(events)

    @property
    def _spoken(self) -> Stream:
        if self._stream is None:
            raise AssertionError("an answer speaks only after it was queued")
        return self._stream
