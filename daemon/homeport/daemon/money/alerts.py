"""Says once that a limit is half spent, nearly spent or spent, and that an hour is unusual.

What was said is a row of the ledger, so that it is said once per window and limit, restarts or
not. A webhook that does not take it is tried again until the window has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from homeport.client.wire import AlertView, SpendView
from homeport.daemon.money.kept_sums import COST, by_period
from homeport.daemon.money.thresholds import (
    HOUR_MS,
    Key,
    Reached,
    is_over,
    keys_of,
    reached,
    untold,
    unusual,
)
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.database import Database

log = logging.getLogger(__name__)

LOOKED_BACK_MS = 14 * 24 * HOUR_MS
TOGETHER_S = 0.2
"""Costs within so short a time are looked at as one."""
HOURS_EVERY_MS = 60_000

FIRST_AGAIN_S, LAST_AGAIN_S = 15.0, 900.0
"""Between two tries of a webhook; each time twice as long."""

_NAMED = "window = ? AND scope = ? AND name = ? AND period = ?"
_ONE = f"{_NAMED} AND limit_nano = ? AND threshold = ?"
_TOLD = "INSERT OR IGNORE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, NULL)"
_NO_OTHERS = f"UPDATE alert SET unsent = NULL WHERE {_NAMED} AND unsent IS NOT NULL"  # noqa: S608
_IS_UNSENT = f"UPDATE alert SET unsent = ? WHERE {_ONE}"  # noqa: S608
_UNSENT = """
SELECT window, scope, name, period, limit_nano, threshold, unsent FROM alert
WHERE unsent IS NOT NULL ORDER BY at_ms
"""


class Alerts:
    """Owns what was said. `wake` it when something was spent."""

    def __init__(
        self,
        db: Database,
        view: Callable[[], SpendView],
        times: Callable[[], float],
        tell: Callable[[AlertView], Awaitable[None]],
        post: Callable[[AlertView], Awaitable[bool]],
        clock_ms: Callable[[], int],
    ) -> None:
        """`times` the usual cost of an hour is unusual; 0 is never. `post` says whether the webhook
        took it, or there is none."""
        self._db = db
        self._view = view
        self._times = times
        self._tell = tell
        self._post = post
        self._clock_ms = clock_ms
        self._told: set[Key] = set()
        """That are on disk as far as is known here: what is in it is not asked again."""
        self._spent = asyncio.Event()
        self._hours_at_ms = 0
        self._again_s = FIRST_AGAIN_S
        self._again_at: float | None = None
        """When the webhook is to be tried again, by the event loop's clock."""

    def wake(self) -> None:
        """Something was spent."""
        self._spent.set()

    async def run(self) -> None:
        """Look whenever something was spent, until cancelled."""
        loop = asyncio.get_running_loop()
        self._again_at = loop.time() + self._again_s  # for what a daemon before this one owes
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._again_at):
                    await self._spent.wait()
            try:
                if self._spent.is_set():
                    await asyncio.sleep(TOGETHER_S)
                    self._spent.clear()
                    await self.look()
                else:
                    await self.post_unsent()
            except Exception:
                log.exception("looking for alerts broke")
                await asyncio.sleep(FIRST_AGAIN_S)
                self._spent.set()  # at a limit nothing more is spent that would have it looked at

    async def look(self) -> None:
        """Tell what was not told before."""
        now_ms, is_fresh = self._clock_ms(), False
        found = reached(self._view(), day_of(now_ms))
        for one in untold([*found, *await self._unusual(now_ms)], self._told):
            if await self._db.write(partial(_note, one=one, at_ms=now_ms)):
                log.warning("%s", one.alert.sentence)
                is_fresh = True
                await self._tell(one.alert)
            self._told.update(keys_of(one))
        if is_fresh:
            await self.post_unsent()

    async def post_unsent(self) -> None:
        """Try the webhook with what it has not taken; what is over by now is let be."""
        loop, now_ms, is_left = asyncio.get_running_loop(), self._clock_ms(), False
        self._again_at = loop.time() + self._again_s
        for key, alert in await self._db.read(_unsent):
            if is_over(key, now_ms) or await self._post(alert):
                await self._db.write(partial(_sent, key=key))
            else:
                is_left = True
        if is_left:
            self._again_s = min(LAST_AGAIN_S, 2 * self._again_s)
        else:
            self._again_at, self._again_s = None, FIRST_AGAIN_S

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
    """Write down what is being told; whether its highest threshold was not told before.

    The webhook is owed the latest of a window alone.
    """
    *lower, highest = keys_of(one)
    for key in lower:
        db.execute(_TOLD, (*key, at_ms))
    if not db.execute(_TOLD, (*highest, at_ms)).rowcount:
        return False
    db.execute(_NO_OTHERS, highest[:4])
    db.execute(_IS_UNSENT, (msgspec.json.encode(one.alert).decode(), *highest))
    return True


def _unsent(db: sqlite3.Connection) -> list[tuple[Key, AlertView]]:
    rows = db.execute(_UNSENT).fetchall()
    return [(tuple(key), msgspec.json.decode(alert, type=AlertView)) for *key, alert in rows]


def _sent(db: sqlite3.Connection, key: Key) -> None:
    db.execute(_IS_UNSENT, (None, *key))


def _hours(db: sqlite3.Connection, now_ms: int) -> dict[int, int]:
    hours = by_period(db, "hour", (now_ms - LOOKED_BACK_MS) // HOUR_MS, now_ms // HOUR_MS)
    return {hour: sums[COST] for hour, _, sums in hours if sums[COST]}
