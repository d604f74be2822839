"""Tells watchers what happens: a snapshot first, then numbered events.

The only place where anything is announced. A slow watcher never slows a
request: its queue is bounded, and when it is full the watcher gets a fresh
snapshot in place of what it missed.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from homeport.client.wire import (
    Event,
    Heartbeat,
    RequestView,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUE_EVENTS = 512
REMEMBERED_REQUESTS = 200
HEARTBEAT_S = 15.0

E = TypeVar("E", bound=Event)


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


class Watcher:
    """One reader of events. Iterate over it; it ends when the bus is closed."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE_EVENTS)
        self._needs_snapshot = True
        self.dropped = 0

    def offer(self, event: Event | None) -> None:
        """Take an event, or note that one was missed. Never waits."""
        if self._needs_snapshot and event is not None:
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += self._queue.qsize() + 1
            self._empty()
            self._needs_snapshot = True
            self._queue.put_nowait(event if event is None else self._bus.heartbeat())

    def _empty(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()

    async def __aiter__(self) -> AsyncIterator[Snapshot | Event]:
        while True:
            if self._needs_snapshot:
                self._empty()
                self._needs_snapshot = False
                yield self._bus.snapshot()
            if self._bus.closed and self._queue.empty():
                return
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    event = await self._queue.get()
            except TimeoutError:
                event = self._bus.heartbeat()
            if event is None:
                return
            if not self._needs_snapshot:
                yield event


class Bus:
    """Owns the watchers, the numbers of events, and the last requests seen."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._watchers: set[Watcher] = set()
        self._requests: OrderedDict[str, RequestView] = OrderedDict()
        self.closed = False
        self.n = 0

    def __repr__(self) -> str:
        return f"Bus({self.n} events, {len(self._watchers)} watchers)"

    @property
    def watchers(self) -> int:
        """How many are watching."""
        return len(self._watchers)

    def snapshot(self) -> Snapshot:
        """What a new watcher must know."""
        return self._snapshot()

    def heartbeat(self) -> Heartbeat:
        """An event that says nothing but that the stream is alive."""
        return Heartbeat(n=self.n, at_ms=now_ms())

    def requests(self) -> tuple[RequestView, ...]:
        """The last requests, newest last."""
        return tuple(self._requests.values())

    def request(self, request_id: str) -> RequestView | None:
        """One of the last requests."""
        return self._requests.get(request_id)

    def restore(self, requests: list[RequestView]) -> None:
        """Fill the memory with requests of an earlier run, oldest first."""
        for view in requests[-REMEMBERED_REQUESTS:]:
            self._requests.setdefault(view.id, view)

    def publish(self, kind: Callable[..., E], **fields: object) -> None:
        """Number an event and hand it to every watcher.

        A field given as a function is asked for only where somebody watches.
        """
        self.n += 1
        request = fields.get("request")
        if isinstance(request, RequestView):
            self._remember(request)
        if not self._watchers:
            return
        told = {name: field() if callable(field) else field for name, field in fields.items()}
        event = kind(n=self.n, at_ms=now_ms(), **told)
        for watcher in self._watchers:
            watcher.offer(event)

    def _remember(self, view: RequestView) -> None:
        self._requests[view.id] = view
        if len(self._requests) > REMEMBERED_REQUESTS:
            self._requests.popitem(last=False)

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        """A watcher for as long as the context lasts."""
        watcher = Watcher(self)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """End every watcher's iteration, after what it has already been sent."""
        self.closed = True
        for watcher in self._watchers:
            watcher.offer(None)
