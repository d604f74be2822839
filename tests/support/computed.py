"""What processes compute, and all of a machine: by the system's own count, in milliseconds."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

LOOK_S = 0.01
"""Between two looks."""


def cpu_s(pid: int) -> float:
    """What a process has computed so far, all its threads, in seconds of a core."""
    return time.clock_gettime(~pid << 3 | 2)


def busy_s() -> float:
    """What all cores of this machine have computed so far, for whomever."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    idle = int(fields[3]) + int(fields[4])
    return (sum(map(int, fields[:8])) - idle) / os.sysconf("SC_CLK_TCK")


class Meter:
    """Looks at all of them, from a cut on, until it is told to stop."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._looks: list[tuple[float, dict[str, float]]] = []
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Now, and again in a moment."""
        if self._timer is not None:
            self._timer.cancel()
        seen = {name: cpu_s(pid) for name, pid in self._pids.items()}
        self._looks.append((time.monotonic(), seen | {"machine": busy_s()}))
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self.look)

    def until(self, moment: float) -> dict[str, float]:
        """Milliseconds of CPU from the first look to the first one behind a moment."""
        if self._timer is not None:
            self._timer.cancel()
        (begun, first), (ended, last) = self._looks[0], self._looks[-1]
        ended, last = next((look for look in self._looks if look[0] >= moment), (ended, last))
        spent = {name: 1000 * (last[name] - first[name]) for name in first}
        return spent | {"wall": 1000 * (ended - begun)}
