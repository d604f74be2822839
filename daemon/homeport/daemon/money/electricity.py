"""What answers at home cost in electricity: the machine's joules, in equal parts among those that
run, times the person's price of a kilowatt-hour.

Off until a price is set: then it measures nothing. No budget counts it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import NamedTuple

from homeport.daemon.probes.energy import Estimate, Source, opened

log = logging.getLogger(__name__)

KWH = 3_600_000
"""Joules of a kilowatt-hour."""
NANO = 10**9


class Used(NamedTuple):
    """What one attempt took."""

    millijoules: int
    nano: int
    certain: bool
    """Measured, and not estimated."""


class Electricity:
    """Owns the count of what runs at home, and the machine's own."""

    def __init__(
        self, price_per_kwh: Callable[[], float | None], source: Callable[[], Source] = opened
    ) -> None:
        """In US dollars; None is off. `source` is opened at the first answer."""
        self._price = price_per_kwh
        self._open = source
        self._source: Source | None = None
        self._running = 0
        self._last = 0.0
        """Joules of the machine at the last look."""
        self._each = 0.0
        """Joules of one that had run since the beginning."""
        self._guessed_until = 0.0
        """Of `_each`, up to where the last estimate reached."""

    def __repr__(self) -> str:
        return f"Electricity({self._running} running, {self._source!r})"

    async def watch(self) -> None:
        """Look; nothing where it is off. What estimates is opened anew each time, off the loop:
        a battery comes and goes."""
        if self._price() is None:
            return
        if self._source is not None:
            self.look()
        if not self._is_measured:
            self._found(await asyncio.to_thread(self._open))

    @property
    def _is_measured(self) -> bool:
        return self._source is not None and self._source.certain

    def _found(self, source: Source) -> None:
        """Go on by this one. An answer that began meanwhile may have opened one before."""
        if self._source is not None:
            self.look()
        if not self._is_measured:
            self._source, self._last = source, source.joules() or 0.0

    def begin(self) -> float | None:
        """An answer at home begins: what `end` takes. None where nobody wants to know."""
        if self._price() is None:
            return None
        self.look()
        self._running += 1
        return self._each

    def end(self, mark: float) -> Used:
        """It ended."""
        self.look()
        self._running -= 1
        joules = self._each - mark
        nano = math.ceil(joules / KWH * (self._price() or 0.0) * NANO)
        return Used(round(joules * 1000), nano, self._guessed_until <= mark)

    def look(self) -> None:
        """Count what was used since the last look; seldom enough counters begin anew unseen."""
        source = self._source = self._source or self._open()
        joules = source.joules()
        if joules is None:
            log.warning("energy cannot be read any more; it is estimated until it can")
            source = self._source = Estimate()
            self._last = joules = 0.0
        if self._running:
            self._each += max(0.0, joules - self._last) / self._running
            if not source.certain:
                self._guessed_until = self._each
        self._last = joules
