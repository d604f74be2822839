"""The ledger: a reservation alone, many at once, and asking after a million entries.

`measure()` gives sentences by what was measured; run alone it prints them.
`HOMEPORT_BENCH_QUICK=1` takes a tenth of the samples.
"""

from __future__ import annotations

import asyncio
import datetime
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import uvloop

from homeport.adapters.base import Usage
from homeport.client.wire import SpendGroup
from homeport.daemon.money.alerts import _hours
from homeport.daemon.money.ledger import Ledger, LedgerLimits, Reservation, Settlement
from homeport.daemon.money.price import flat
from homeport.daemon.money.reports import Reports
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.database import Database

QUICK = bool(os.environ.get("HOMEPORT_BENCH_QUICK"))
ALONE = 300 if QUICK else 3_000
PAIRS = 3_200 if QUICK else 32_000
ENTRIES = 100_000 if QUICK else int(os.environ.get("HOMEPORT_BENCH_ENTRIES") or 1_000_000)
TASKS = 32
DAYS = 365
DAY_MS = 86_400_000
LIMITS = LedgerLimits(day_nano=10**15, month_nano=10**16)
USAGE = Usage(input=1000, cache_read=0, cache_write=0, output=200, reasoning=0)
GROUPS: tuple[SpendGroup, ...] = get_args(SpendGroup)


def now_ms() -> int:
    return int(time.time() * 1000)


class Attempts:
    """Makes reservations with ids of their own."""

    def __init__(self) -> None:
        self._last = 0

    def reservation(self) -> Reservation:
        self._last += 1
        return Reservation(
            id=f"{self._last:026d}",
            request=f"{self._last:026d}",
            model="openai/gpt-5",
            provider="openai",
            place="cloud",
            worst_nano=1000,
            price_source="genai-prices",
            client="bench",
            session=f"session-{self._last % 50}",
            at_ms=now_ms(),
        )

    @staticmethod
    def settlement(reservation: Reservation) -> Settlement:
        return Settlement(
            id=reservation.id, usage=USAGE, cost_nano=500, outcome="done", ended_ms=now_ms()
        )


async def alone(ledger: Ledger, attempts: Attempts) -> str:
    """Microseconds of one reservation with nothing else going on."""
    taken = []
    for _ in range(ALONE):
        reservation = attempts.reservation()
        start = time.perf_counter()
        await ledger.reserve(reservation)
        taken.append(time.perf_counter() - start)
        await ledger.settle(attempts.settlement(reservation))
    return f"{percentiles(taken, 1e6)} µs"


def percentiles(taken: list[float], unit: float) -> str:
    ordered = sorted(taken)
    half, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{half * unit:.0f} / {most * unit:.0f}"


async def together(ledger: Ledger, attempts: Attempts) -> str:
    """Pairs of reserving and settling a second, by 32 tasks at once."""

    async def one() -> None:
        for _ in range(PAIRS // TASKS):
            reservation = attempts.reservation()
            await ledger.reserve(reservation)
            await ledger.settle(attempts.settlement(reservation))

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(TASKS)))
    return f"{PAIRS / (time.perf_counter() - start):,.0f} a second"


async def with_a_ledger(
    path: Path, synced: bool, measured: Callable[[Ledger, Attempts], Awaitable[str]]
) -> str:
    db = await Database.open(path)
    ledger = Ledger(db, LIMITS, now_ms, survive_power_cuts=lambda: synced)
    await ledger.open()
    try:
        return await measured(ledger, Attempts())
    finally:
        await db.close()


def many_entries() -> Iterator[tuple[object, ...]]:
    """Rows of a year: ten models, five clients, twenty entries a session."""
    first = now_ms() - (DAYS - 1) * DAY_MS
    for number in range(ENTRIES):
        at_ms = first + number * (DAYS - 1) * DAY_MS // ENTRIES
        place = "local" if number % 3 else "cloud"
        yield (
            f"old-{number}", f"old-{number}", 1, f"provider-{number % 3}/model-{number % 10}",
            f"provider-{number % 3}", place, f"client-{number % 5}", f"session-{number // 20}",
            '["work"]' if number % 2 else "[]", at_ms, day_of(at_ms), 1000, "genai-prices", "",
            at_ms + 1000, "done", 500, 1, 1000, 0, 0, 200, 0, None, None, 1,
        )  # fmt: skip


COLUMNS = (
    "id, request, opens_request, model, provider, place, client, session, tags, at_ms, day,"
    " worst_nano, price_source, price_date, ended_ms, outcome, cost_nano, certain, input_tokens,"
    " cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, input_audio_tokens,"
    " output_audio_tokens, tokens_certain"
)


def fill(db: sqlite3.Connection) -> None:
    from homeport.daemon.money.spend import rebuild

    db.executemany(
        f"INSERT INTO entry ({COLUMNS}) VALUES ({', '.join('?' * 26)})",  # noqa: S608
        many_entries(),
    )
    rebuild(db, [row[0] for row in db.execute("SELECT DISTINCT day FROM entry")])


async def after_years(path: Path) -> dict[str, str]:
    """Milliseconds of every report, of the budget and of a start, on a large ledger."""
    db = await Database.open(path)
    await db.write(fill)
    start = time.perf_counter()
    ledger = Ledger(db, LIMITS, now_ms)
    await ledger.open()
    opened = time.perf_counter() - start
    found = {f"ledger of {ENTRIES:,} entries: opening": f"{opened * 1e3:.1f} ms"}
    for by in GROUPS:
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            await ledger.report(by, now_ms() - 30 * DAY_MS)
            taken.append(time.perf_counter() - start)
        found[f"spend by {by}, 30 days of them"] = f"{sorted(taken)[2] * 1e3:.1f} ms"
    reports = Reports(db, now_ms)
    price = flat(1_000_000_000, 2_000_000_000, source="a bench")
    since, today = now_ms() - 30 * DAY_MS, datetime.date.today()
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "month end and dearest, 30 days": lambda: reports.details(since),
        "savings, 30 days": lambda: reports.saved(since, "a/b", lambda _: price),
        "booked by day, 30 days": lambda: reports.booked(
            "provider-1", today - datetime.timedelta(30), today
        ),
        "hours of 14 days": lambda: db.read(partial(_hours, now_ms=now_ms())),
    }
    for what, ask in asked.items():
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            await ask()
            taken.append(time.perf_counter() - start)
        found[what] = f"{sorted(taken)[2] * 1e3:.1f} ms"
    start = time.perf_counter()
    for _ in range(1000):
        ledger.budget()
    found["budget"] = f"{(time.perf_counter() - start) * 1e3:.1f} µs"
    await db.close()
    return found


def measure() -> dict[str, object]:
    """What was measured, and the numbers."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, synced in (("NORMAL", False), ("FULL", True)):
            for what, measured in (("alone, p50 / p99", alone), ("reserve + settle", together)):
                path = Path(folder) / f"{name}-{measured.__name__}.db"
                key = f"ledger {what}{', 32 concurrent' if measured is together else ''}, {name}"
                found[key] = uvloop.run(with_a_ledger(path, synced, measured))
        found |= uvloop.run(after_years(Path(folder) / "years.db"))
    return found


if __name__ == "__main__":
    for what, value in measure().items():
        sys.stdout.write(f"{what}: {value}\n")
