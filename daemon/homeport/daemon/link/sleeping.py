"""Tells that the machine slept: one clock went on meanwhile, the other did not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

LEAST_S = 2.0
"""What is shorter is the difference of two readings, or no sleep that harms a connection."""


def _clocks() -> tuple[Callable[[], float], Callable[[], float]] | None:
    """One that goes on in sleep, and one that does not."""
    if sys.platform == "linux":
        return (lambda: time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic)
    if sys.platform == "darwin":
        return (time.monotonic, lambda: time.clock_gettime(time.CLOCK_UPTIME_RAW))
    return None


class Sleeps:
    """Compares the clocks; never sees a sleep where the system has not both."""

    def __init__(
        self, clocks: tuple[Callable[[], float], Callable[[], float]] | None = None
    ) -> None:
        self._clocks = clocks or _clocks()
        self._gap_s = self._gap()

    def slept_s(self) -> float:
        """Seconds asleep since the last call; 0 where it was awake."""
        gap_s = self._gap()
        slept_s, self._gap_s = gap_s - self._gap_s, gap_s
        return slept_s if slept_s >= LEAST_S else 0.0

    def _gap(self) -> float:
        if self._clocks is None:
            return 0.0
        always, awake = self._clocks
        return always() - awake()
