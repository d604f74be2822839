"""Looks at the link whenever the system tells of a change, and has the providers greeted.

A change is looked at at once; in a storm, twenty times a second at most.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

from homeport.daemon.link.events import Events
from homeport.daemon.link.link import SETTLE_S, Link
from homeport.daemon.link.metered import metered
from homeport.daemon.link.own_addresses import own_addresses
from homeport.daemon.link.probing import Probing
from homeport.daemon.link.sleeping import Sleeps

log = logging.getLogger("homeport.link")

LEAST_BETWEEN_S: Final = 0.05
CALM_S: Final = 5.0
"""Between two looks while nothing is told: a sleep shows in the clocks alone."""
METERED_EVERY_S: Final = 60.0


async def _nothing(*_: object) -> None:
    """Nobody wants to know."""


class Watching:
    """The loop beside the prompts that keeps the link true."""

    def __init__(
        self,
        link: Link,
        events: Events,
        probing: Probing,
        *,
        sleeps: Sleeps | None = None,
        ask_metered: Callable[[], bool | None] = metered,
        addresses: Callable[[], frozenset[str] | None] = own_addresses,
        vanished: Callable[[frozenset[str]], Awaitable[None]] = _nothing,
        slept: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """`vanished` is told the addresses that this machine had and has no more; `slept` is
        awaited after each sleep, before the link is looked at."""
        self._link = link
        self._events = events
        self._probing = probing
        self._sleeps = sleeps or Sleeps()
        self._ask_metered = ask_metered
        self._addresses = addresses
        self._vanished = vanished
        self._slept = slept
        self._had: frozenset[str] | None = None
        self._metered_due_s = time.monotonic() + CALM_S
        self._side: dict[str, asyncio.Task[None]] = {}
        self._waiting: asyncio.Timeout | None = None
        self.looks = 0
        # Lookups of names can fill the loop's own threads for seconds, when the link is lost.
        self._thread = ThreadPoolExecutor(1, "link")

    def __repr__(self) -> str:
        return f"Watching({self._events!r}, {self.looks} looks)"

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._pause()
                    await self._step(group)
                    await asyncio.sleep(LEAST_BETWEEN_S)
        finally:
            self._events.close()
            self._thread.shutdown(wait=False)

    def look_soon(self) -> None:
        """Something was heard of the link that the system does not tell of."""
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s()) as self._waiting:
                try:
                    await self._events.wait()
                finally:
                    self._waiting = None

    def _pause_s(self) -> float:
        """Shorter while something is about to be known."""
        return SETTLE_S if self._link.is_settling or self._probing.is_due else CALM_S

    async def _step(self, group: asyncio.TaskGroup) -> None:
        slept_s = self._sleeps.slept_s()
        if slept_s:
            log.warning("slept for %.0f s: the link is looked at anew", slept_s)
            self._link.distrust()
            await _guarded(self._slept)
        found = await asyncio.get_running_loop().run_in_executor(self._thread, self._link.look)
        self.looks += 1
        if self._link.take(found):
            log.info("the link is %s", self._link.view.state)
            self._metered_due_s = 0.0
        await self._miss_addresses()
        if time.monotonic() >= self._metered_due_s:
            self._metered_due_s = time.monotonic() + METERED_EVERY_S
            self._beside(group, "metered", self._note_metered)
        if self._probing.is_due:
            self._beside(group, "probing", self._probing.round)

    async def _miss_addresses(self) -> None:
        """What was connected from an address that is gone hears of it at once."""
        here = await asyncio.get_running_loop().run_in_executor(self._thread, self._addresses)
        if here is None:
            return
        gone, self._had = (self._had or here) - here, here
        if gone:
            log.info("gone: %s", ", ".join(sorted(gone)))
            await _guarded(partial(self._vanished, gone))

    def _beside(
        self, group: asyncio.TaskGroup, name: str, work: Callable[[], Awaitable[None]]
    ) -> None:
        """Do it, unless it is being done; what breaks is logged."""
        running = self._side.get(name)
        if running is None or running.done():
            self._side[name] = group.create_task(_guarded(work))

    async def _note_metered(self) -> None:
        self._link.note_metered(await asyncio.to_thread(self._ask_metered))


async def _guarded(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.exception("%s broke", getattr(work, "__qualname__", work))
