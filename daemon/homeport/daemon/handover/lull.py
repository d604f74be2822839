"""Work that waits until the answers that were cut off together have all gone on.

A lost link cuts hundreds of answers in one moment, and the last of them waits for
what is done for all the others: the books of the attempts that broke come after.
Python's collector of garbage waits too, where it may: it takes as long as a dozen hand-overs.
"""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Callable

from homeport.daemon.spare_time import SpareTime

QUIET_S = 0.05
"""After so long without another answer that is cut off, all of them have gone on."""
LATEST_S = 0.5
"""So old may work become while more are cut off."""
MANY = 16
"""From so many on nothing is collected meanwhile."""


class Lull:
    """Gathers work, and brings it to the spare time in the end."""

    def __init__(self, spare: SpareTime | None = None) -> None:
        self._spare = spare or SpareTime()
        self._work: list[Callable[[], None]] = []
        self._begun = -math.inf
        self._last = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self.may_hold_collector = False
        """The process is the daemon's own, and lives until the work is done."""
        self._holds_collector = False

    def __repr__(self) -> str:
        return f"Lull({len(self._work)} waiting)"

    def do(self, work: Callable[[], None]) -> None:
        """Do it when no answer has been cut off for a moment; each that is brings work."""
        loop = asyncio.get_running_loop()
        self._work.append(work)
        self._last = loop.time()
        if self._timer is None:
            self._begun = self._last
            self._timer = loop.call_later(QUIET_S, self._look)
        if len(self._work) == MANY and self.may_hold_collector and gc.isenabled():
            self._holds_collector = True
            gc.disable()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        due = min(self._last + QUIET_S, self._begun + LATEST_S)
        if loop.time() < due:
            self._timer = loop.call_at(due, self._look)
            return
        self._timer = None
        if self._holds_collector:
            self._holds_collector = False
            gc.enable()
        work, self._work = self._work, []
        for one in work:
            self._spare.do(one)
