"""A wall clock that is not set back while the daemon runs: what is kept must not live longer."""

from __future__ import annotations

import time
from collections.abc import Callable


class SteadyClock:
    """Milliseconds since 1970: the wall's, or what has passed since the start where that is more.

    Set forward, it follows: what is kept dies early. Set back, it goes on.
    """

    def __init__(
        self, wall_ms: Callable[[], int], passed_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall_ms = wall_ms
        self._passed_s = passed_s
        self._start_ms = wall_ms()
        self._start_s = passed_s()

    def __repr__(self) -> str:
        return f"SteadyClock({self()})"

    def __call__(self) -> int:
        """Now."""
        passed_ms = int((self._passed_s() - self._start_s) * 1e3)
        return max(self._wall_ms(), self._start_ms + passed_ms)
