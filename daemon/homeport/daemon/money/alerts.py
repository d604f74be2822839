"""Says once that a limit is half spent, nearly spent or spent, and that an hour is unusual.

What was said is a row of the ledger, so that it is said once per window, restarts or not.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

from homeport.client.wire import AlertView, SpendView
from homeport.daemon.money.kept_sums import COST, by_period
from homeport.daemon.money.thresholds import Reached, keys_of, reached, untold, unusual
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.database import Database

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
LOOKED_BACK_MS = 14 * 24 * HOUR_MS
TOGETHER_S = 0.2
"""Costs within so short a time are looked at as one."""
HOURS_EVERY_MS = 60_000

_TOLD = """
INSERT OR IGNORE INTO alert (window, scope, name, period, threshold, at_ms)
VALUES (?, ?, ?, ?, ?, ?)
"""


class Alerts:
    """Owns what was said. `wake` it when something was spent."""

    def __init__(
        self,
        db: Database,
        view: Callable[[], SpendView],
        times: Callable[[], float],
        tell: Callable[[AlertView], Awaitable[None]],
        clock_ms: Callable[[], int],
    ) -> None:
        """`times` the usual cost of an hour is unusual; 0 is never."""
        self._db = db
        self._view = view
        self._times = times
        self._tell = tell
        self._clock_ms = clock_ms
        self._told: set[tuple[object, ...]] = set()
        """That are on disk as far as is known here: what is in it is not asked again."""
        self._spent = asyncio.Event()
        self._hours_at_ms = 0

    def wake(self) -> None:
        """Something was spent."""
        self._spent.set()

    async def run(self) -> None:
        """Look whenever something was spent, until cancelled."""
        while True:
            await self._spent.wait()
            await asyncio.sleep(TOGETHER_S)
            self._spent.clear()
            try:
                await self.look()
            except Exception:
                log.exception("looking for alerts broke")

    async def look(self) -> None:
        """Tell what was not told before."""
        now_ms = self._clock_ms()
        found = reached(self._view(), day_of(now_ms))
        for one in untold([*found, *await self._unusual(now_ms)], self._told):
            if await self._db.write(partial(_note, one=one, at_ms=now_ms)):
                log.warning("%s", one.alert.sentence)
                await self._tell(one.alert)
            self._told.update(keys_of(one))

    async def _unusual(self, now_ms: int) -> list[Reached]:
        """The running hour, where it costs too much; looked at once a minute."""
        times = self._times()
        if times <= 0 or abs(now_ms - self._hours_at_ms) < HOURS_EVERY_MS:
            return []
        self._hours_at_ms = now_ms
        hours = await self._db.read(partial(_hours, now_ms=now_ms))
        one = unusual(hours, now_ms // HOUR_MS, times)
        return [] if one is None else [one]


def _note(db: sqlite3.Connection, one: Reached, at_ms: int) -> bool:
    """Write down what is being told; whether its highest threshold was not told before."""
    fresh = False
    for key in keys_of(one):
        fresh = db.execute(_TOLD, (*key, at_ms)).rowcount > 0
    return fresh


def _hours(db: sqlite3.Connection, now_ms: int) -> dict[int, int]:
    hours = by_period(db, "hour", (now_ms - LOOKED_BACK_MS) // HOUR_MS, now_ms // HOUR_MS)
    return {hour: sums[COST] for hour, _, sums in hours if sums[COST]}
