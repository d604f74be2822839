"""Ledgers in a temporary folder, with a clock that tests turn."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from homeport.adapters.base import Usage
from homeport.daemon.money.ledger import Entry, Ledger, LedgerLimits, Reservation, Settlement
from homeport.daemon.money.scopes import Limit
from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage.database import Database

NOON_MS = 1_795_262_400_000
"""2026-11-21 12:00:00 UTC."""

_numbers = itertools.count(1)


class Clock:
    """Unix milliseconds that stand still until they are moved."""

    def __init__(self, now_ms: int = NOON_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


class NoSpareTime(SpareTime):
    """Prompts come without a pause: what is put off stays so until somebody hurries."""

    is_full = False
    """Not even then."""

    def do(self, work: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._work.append(work)

    def hurry(self) -> None:
        if not self.is_full:
            super().hurry()


class SlowDisk:
    """Holds the writing thread of a ledger's database, so that what is written piles up."""

    PILE = 200

    def __init__(self, db: Database) -> None:
        self._gate = threading.Event()
        self.db = db
        self.db.post(lambda _: self._gate.wait(10), lambda *_: None)

    def pile_up(self, attempt: str) -> None:
        """Writes before the next one, so that it lands late: not before the entry of an attempt,
        which is written after it."""
        self.db.post(lambda _: None, lambda *_: self._until_on_disk(attempt))
        for _ in range(self.PILE):
            self.db.post(lambda _: None, lambda *_: None)

    def go_on(self) -> None:
        """Write it all, and what waits lazily after it."""
        self.db.hurry()
        self._gate.set()

    def _until_on_disk(self, attempt: str) -> None:
        """Keeps the event loop meanwhile."""
        until = time.monotonic() + 10
        with contextlib.closing(sqlite3.connect(self.db.path)) as file:
            while file.execute("SELECT 1 FROM entry WHERE id = ?", (attempt,)).fetchone() is None:
                if time.monotonic() > until:
                    raise AssertionError(f"{attempt} is not on disk")


async def on_disk(db: Database, attempts: set[str]) -> None:
    """Wait until the entries of these attempts are there, whoever was told of it."""

    def there(file: sqlite3.Connection) -> set[str]:
        return {name for (name,) in file.execute("SELECT id FROM entry")}

    db.soon(hurried=False)
    async with asyncio.timeout(10):
        while not attempts <= await db.read(there):
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def a_ledger(
    path: Path,
    *,
    day: int | None = None,
    month: int | None = None,
    scoped: tuple[Limit, ...] = (),
    clock: Clock | None = None,
    spare: SpareTime | None = None,
) -> AsyncIterator[Ledger]:
    """An open ledger; its database is `path`."""
    db = await Database.open(path, spare=spare)
    try:
        ledger = Ledger(
            db, LedgerLimits(day_nano=day, month_nano=month, scoped=scoped), clock or Clock()
        )
        await ledger.open()
        yield ledger
    finally:
        await db.close()


def a_reservation(worst_nano: int = 100, **fields: Any) -> Reservation:
    """A reservation for one attempt in the cloud."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "id": f"attempt-{number}",
        "request": f"request-{number}",
        "model": "openai/gpt-5",
        "provider": "openai",
        "place": "cloud",
        "price_source": "genai-prices 1.2.3",
        "price_date": "2026-01-02",
        "at_ms": NOON_MS,
    }
    return Reservation(**defaults | {"worst_nano": worst_nano} | fields)


def a_settlement(attempt: str, cost_nano: int | None = 40, **fields: Any) -> Settlement:
    """The end of an attempt."""
    defaults: dict[str, Any] = {
        "usage": Usage(input=10, cache_read=2, cache_write=0, output=5, reasoning=1),
        "outcome": "done",
        "ended_ms": NOON_MS + 500,
    }
    return Settlement(**defaults | {"id": attempt, "cost_nano": cost_nano} | fields)


async def spent(
    ledger: Ledger, worst_nano: int = 100, cost_nano: int | None = 40, **fields: Any
) -> Entry:
    """One attempt, from its reservation to its entry."""
    reservation = a_reservation(worst_nano, **fields)
    if await ledger.reserve(reservation) is not None:
        raise AssertionError("there was no room for it")
    return await ledger.settle(a_settlement(reservation.id, cost_nano))
