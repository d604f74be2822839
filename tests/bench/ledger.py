"""The ledger: a reservation alone, many at once, and asking after a million entries.

`measure()` gives sentences by what was measured; run alone it prints them.
`HOMEPORT_BENCH_QUICK=1` takes a tenth of the samples.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import growth
import uvloop

from homeport.adapters.base import Usage
from homeport.daemon.money.ledger import Ledger, LedgerLimits, Reservation, Settlement
from homeport.daemon.storage.database import Database

QUICK = bool(os.environ.get("HOMEPORT_BENCH_QUICK"))
ALONE = 300 if QUICK else 3_000
PAIRS = 3_200 if QUICK else 32_000
ENTRIES = 100_000 if QUICK else int(os.environ.get("HOMEPORT_BENCH_ENTRIES") or 1_000_000)
TASKS = 32
LIMITS = LedgerLimits(day_nano=10**15, month_nano=10**16)
USAGE = Usage(input=1000, cache_read=0, cache_write=0, output=200, reasoning=0)


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


def measure() -> dict[str, object]:
    """What was measured, and the numbers."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, synced in (("NORMAL", False), ("FULL", True)):
            for what, measured in (("alone, p50 / p99", alone), ("reserve + settle", together)):
                path = Path(folder) / f"{name}-{measured.__name__}.db"
                key = f"ledger {what}{', 32 concurrent' if measured is together else ''}, {name}"
                found[key] = uvloop.run(with_a_ledger(path, synced, measured))
        grown = growth.measure(Path(folder), ENTRIES)
        found |= {f"{ENTRIES:,} entries, {what}": value for what, value in grown.items()}
    return found


if __name__ == "__main__":
    for what, value in measure().items():
        sys.stdout.write(f"{what}: {value}\n")
