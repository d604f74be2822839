"""Work that nobody waits for, done while the daemon waits for a model.

Books that follow an answer would hold up the next prompt, which often comes at
once. A little of them is done whenever a prompt has left for its model, for that
moment is free; what is left over is done when no prompt comes.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

QUIET_S = 0.004
"""After so long without a prompt nobody is held up."""
LATEST_S = 0.04
"""So old may work become while prompts come."""
SHARE = 16
"""One in so many of what waits is done in one free moment, and two at least."""
TURN_SHARE = 64
"""One in so many is done in one turn of the event loop where it is time for all of it, so that
a prompt that comes meanwhile is not held up for long."""


class SpareTime:
    """A queue of work, done in its order on the event loop of the first to bring some."""

    def __init__(self) -> None:
        self._work: deque[Callable[[], None]] = deque()
        self._loop: asyncio.AbstractEventLoop
        self._timer: asyncio.TimerHandle | None = None
        self._latest = math.inf
        self._busy_until = 0.0
        self._turn: asyncio.Handle | None = None
        self._hurried = False

    def __repr__(self) -> str:
        return f"SpareTime({len(self._work)} waiting)"

    def do(self, work: Callable[[], None]) -> None:
        """Do it within `LATEST_S`, or as soon as it is `hurry`. What it raises is logged."""
        self._work.append(work)
        if self._timer is None and not self._hurried:
            self._loop = loop = asyncio.get_running_loop()
            now = loop.time()
            self._latest = now + LATEST_S
            self._timer = loop.call_at(now + QUIET_S, self._look)

    def comes(self) -> None:
        """A prompt is about to leave for its model: from the next turn on there is time."""
        if self._work and self._turn is None:
            self._busy_until = self._loop.time() + QUIET_S
            self._turn = self._loop.call_soon(self._some)

    def hurry(self) -> None:
        """Do all of it from the next turn on: somebody waits for it."""
        if self._work and not self._hurried:
            self._hurried = True
            if self._turn is not None:
                self._turn.cancel()
            self._turn = self._loop.call_soon(self._all)

    def finish(self) -> None:
        """Do all of it now, and what it brings."""
        while self._work:
            self._do(len(self._work))

    def _look(self) -> None:
        """Whether prompts still come."""
        self._timer = None
        if not self._work or self._hurried:
            return
        now = self._loop.time()
        if now < min(self._busy_until, self._latest):
            self._timer = self._loop.call_at(min(self._busy_until, self._latest), self._look)
        else:
            self.hurry()

    def _some(self) -> None:
        self._turn = None
        self._do(max(2, -(-len(self._work) // SHARE)))

    def _all(self) -> None:
        """A share of all, and the rest in the turns that follow."""
        self._turn, self._hurried = None, False
        self._do(-(-len(self._work) // TURN_SHARE))
        self.hurry()

    def _do(self, count: int) -> None:
        for _ in range(min(count, len(self._work))):
            try:
                self._work.popleft()()
            except Exception:
                log.exception("work that was put off failed")
