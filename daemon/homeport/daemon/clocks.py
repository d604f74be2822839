"""A clock for what lasts: it starts at the wall's time, and nobody can set it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

elapsed_ns: Callable[[], int] = time.monotonic_ns
"""Since some moment that stays the same."""
if sys.platform == "linux":  # it goes on while the machine sleeps, as time does
    elapsed_ns = partial(time.clock_gettime_ns, time.CLOCK_BOOTTIME)


def steady(wall_ms: Callable[[], int]) -> Callable[[], int]:
    """Milliseconds since 1970 as the wall has them now, and from here on what really passes."""
    start_ns = wall_ms() * 1_000_000 - elapsed_ns()
    return lambda: (start_ns + elapsed_ns()) // 1_000_000
