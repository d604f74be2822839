"""Passes a stream on as it comes, and no slower.

Items that are ready together leave in one write: what was encoded is sent just
before the next one has to be waited for. While nothing comes for long, a sign of
life is sent, so that neither the caller nor what stands between gives up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from homeport.adapters.http.pace import gone_on
from homeport.daemon.api.call import Call, Headers
from homeport.policies.errors import HomeportError

BEAT_S = 10.0
BATCH_BYTES = 32 * 1024

T = TypeVar("T")


class Relay:
    """One streamed answer on its way to its caller."""

    def __init__(
        self,
        call: Call,
        content_type: bytes,
        headers: Callable[[], Headers],
        beat: Callable[[], bytes] | None,
    ) -> None:
        self._call = call
        self._content_type = content_type
        self._headers = headers
        self._beat = beat
        """The sign of life; None where what is relayed has its own."""
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._quiet = True
        """Nothing was sent since the last beat."""
        self._timer: asyncio.TimerHandle | None = None
        self._beating = False
        """A beat waits for a caller that does not read."""

    def put(self, data: bytes) -> None:
        """Send this with what comes next."""
        if data:
            self._batch.append(data)
            self._batch_bytes += len(data)

    async def run(
        self, items: AsyncIterator[T], encode: Callable[[T], bytes]
    ) -> HomeportError | None:
        """Send every item; gives the error that ended them early. The end is left unsent."""
        async with asyncio.TaskGroup() as group:
            self._arm(group)
            try:
                await self._pump(items, encode)
            except HomeportError as error:
                if self._call.started:
                    await self.flush()
                return error
            finally:
                if self._timer is not None:
                    self._timer.cancel()
                await close(items)
        return None

    async def finish(self, end: bytes = b"") -> None:
        """Send what is left and the end of the answer."""
        self.put(end)
        await self._open()
        batch, self._batch = self._batch, []
        await self._call.finish(b"".join(batch))

    async def flush(self) -> None:
        """Send what is there."""
        if not self._batch:
            return
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._quiet = False
        await self._open()
        await self._call.write(b"".join(batch))

    async def _open(self) -> None:
        if not self._call.started:
            await self._call.start(200, self._content_type, self._headers())

    async def _pump(self, items: AsyncIterator[T], encode: Callable[[T], bytes]) -> None:
        while True:
            try:
                item = await flushed_before_waiting(items.__anext__(), self.flush)
            except StopAsyncIteration:
                return
            self.put(encode(item))
            if self._batch_bytes > BATCH_BYTES:
                await self.flush()
                await asyncio.sleep(0)

    def _arm(self, group: asyncio.TaskGroup) -> None:
        if self._beat is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(BEAT_S, self._tick, group, self._beat)

    def _tick(self, group: asyncio.TaskGroup, beat: Callable[[], bytes]) -> None:
        if self._quiet and not self._beating:
            self._beating = True
            group.create_task(self._send_beat(beat))
        self._quiet = True
        self._arm(group)

    async def _send_beat(self, beat: Callable[[], bytes]) -> None:
        # Made when it leaves, behind what is there: what comes first may be written otherwise.
        self.put(beat())
        await self.flush()
        self._quiet, self._beating = True, False


async def close(items: AsyncIterator[T]) -> None:
    """Let a generator end what it holds."""
    if isinstance(items, AsyncGenerator):
        await items.aclose()


@coroutine
def flushed_before_waiting(
    awaitable: Awaitable[T], flush: Callable[[], Coroutine[Any, Any, None]]
) -> Generator[Any, Any, T]:
    """Await `awaitable`; only where that has to wait, `flush` first."""
    step: Any = awaitable.__await__()
    try:
        waiting_for = step.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    flushing = flush().__await__()
    try:
        yield from flushing
    except BaseException as error:  # noqa: BLE001 - handed on to the step
        # The step is suspended, and has to end before its generator can be closed.
        try:
            waiting_for = step.throw(error)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
    result: T = yield from gone_on(step, waiting_for)
    return result
