"""Greets the providers where nothing else would tell whether they can be reached.

While all is well none is greeted: real requests tell enough. Where somebody could
not be reached, or the link has come back, one round is made, then others further
and further apart. Where the tables show no way out, a few are greeted by turns: who
answers is one. Where a round reaches nobody, what waits for a provider and hears nothing
meanwhile is given up. Never over a metered link, offline by choice, or `local-only`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from homeport.adapters.base import Adapter, AttemptFailed
from homeport.adapters.places import place_of_origin
from homeport.daemon.link.link import Link
from homeport.policies.model import Place

FIRST_S: Final = 5.0
LONGEST_S: Final = 80.0
"""With its jitter below `BELIEVED_S`, so that a bad word is never forgotten between two rounds."""
LEAST_S: Final = 0.25
"""Between two rounds, however often the link comes and goes."""
JITTER: Final = 0.3
MOST_AT_ONCE: Final = 8
FEW: Final = 2
"""Where there may be no way at all: their names may take long, and others' wait for them."""
CONNECT_S: Final = 3.0


def _nothing() -> None:
    """Nobody wants to know."""


def cloud_origins(
    adapters: Iterable[Adapter], place_of: Callable[[str], Place] = place_of_origin
) -> list[str]:
    """Where those of the cloud are reached, each once."""
    origins = dict.fromkeys(adapter.origin for adapter in adapters if adapter.origin)
    return [origin for origin in origins if place_of(origin) == "cloud"]


class Probing:
    """When to greet, and whom."""

    def __init__(
        self,
        link: Link,
        *,
        origins: Callable[[], Sequence[str]],
        greet: Callable[[str, float], Awaitable[None]],
        allowed: Callable[[], bool],
        clock_s: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        begun: Callable[[], None] = _nothing,
        unreached: Callable[[], None] = _nothing,
    ) -> None:
        """`greet` connects to an origin, and has what that shows heard. `begun` is called where
        a round begins, `unreached` where it has ended and none can be reached."""
        self._link = link
        self._origins = origins
        self._greet = greet
        self._allowed = allowed
        self._clock_s = clock_s
        self._chance = chance
        self._begun = begun
        self._unreached = unreached
        self._pause_s = FIRST_S
        self._next_s = self._last_s = 0.0
        self._turn = 0
        self._was_blind = False
        """The last round was begun where no way out was known."""
        self._waiting: asyncio.Timeout | None = None
        """For those who are being greeted."""

    def __repr__(self) -> str:
        return f"Probing(every {self._pause_s:.0f} s where needed)"

    @property
    def is_due(self) -> bool:
        """A round would tell something, and may be made."""
        if self._was_blind and not self._link.knows_no_way:
            self._begin_anew()
        if not self._needed:
            self._pause_s = FIRST_S
            self._next_s = min(self._next_s, self._last_s + LEAST_S)
            return False
        return self._clock_s() >= self._next_s and self._may

    def _begin_anew(self) -> None:
        """There is a way again: nobody waits for those who were greeted without one."""
        self._was_blind, self._pause_s = False, FIRST_S
        self._next_s = min(self._next_s, self._last_s + LEAST_S)
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def round(self) -> None:
        """Greet each of the providers once; what they show is confirmed by it."""
        jitter = 1 + JITTER * (2 * self._chance() - 1)
        self._last_s = self._clock_s()
        self._next_s = self._last_s + self._pause_s * jitter
        self._pause_s = min(LONGEST_S, 2 * self._pause_s)
        self._was_blind = self._link.knows_no_way
        self._begun()
        with suppress(TimeoutError):
            await self._greet_all(self._whom())
        if self._link.providers.outlook()[0] in ("unreachable", "captive"):
            self._unreached()

    async def _greet_all(self, origins: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(None) as self._waiting, asyncio.TaskGroup() as group:
                for origin in origins:
                    group.create_task(self._greeted(origin))
        finally:
            self._waiting = None

    def _whom(self) -> Sequence[str]:
        origins = self._origins()
        if not self._link.knows_no_way:
            return origins[:MOST_AT_ONCE]
        self._turn += FEW
        by_turns = [*origins, *origins][self._turn % max(1, len(origins)) :]
        return by_turns[: min(FEW, len(origins))]

    async def _greeted(self, origin: str) -> None:
        with suppress(AttemptFailed, OSError):
            await self._greet(origin, CONNECT_S)
        self._link.confirm(origin)

    @property
    def _needed(self) -> bool:
        link = self._link
        return link.is_settling or link.knows_no_way or link.providers.in_doubt

    @property
    def _may(self) -> bool:
        view = self._link.view
        return self._allowed() and not view.by_choice and not view.metered
