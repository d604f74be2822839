"""What every question costs once the ledger has grown: `growth.py [ENTRIES] [FOLDER]`.

Makes a ledger of ten million entries (or so many), has its sums made by the daemon's own code,
asks each question five times, deletes it, and writes `GROWTH.md`. It needs 5 GB for ten million.
Told are the fewest milliseconds and, in brackets, the fewest of processor time.
"""

from __future__ import annotations

import datetime
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

import ten_million
import uvloop
from processes import machine

from homeport.adapters.base import Usage
from homeport.client.wire import RequestView, SpendGroup
from homeport.daemon.money import session_sums
from homeport.daemon.money.alerts import _hours
from homeport.daemon.money.folding import Folding
from homeport.daemon.money.ledger import Ledger, LedgerLimits, Reservation, Settlement
from homeport.daemon.money.price import flat
from homeport.daemon.money.reports import Reports
from homeport.daemon.money.scopes import Limit
from homeport.daemon.storage import catching_up, decision_sums
from homeport.daemon.storage.catching_up import AT_ONCE, MOST
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_record import packed_view
from homeport.daemon.storage.figures import Figures
from homeport.daemon.storage.migrations import migrate

TIMES = 5
DAY_MS = 86_400_000
DECISIONS = 300_000
BYTES_AN_ENTRY = 600
"""Of disk, with the write-ahead log."""
USD = 10**9
LIMITS = LedgerLimits(day_nano=10**9 * USD, month_nano=10**9 * USD)
SCOPED = (
    Limit(window="week", nano=10**9 * USD),
    Limit(window="month", scope="provider", name="provider-3", nano=10**9 * USD),
    Limit(window="month", scope="model", name="provider-3/model-3", nano=10**9 * USD),
    Limit(window="day", scope="client", name="client-7", nano=10**9 * USD),
    Limit(window="month", scope="tag", name="work", nano=10**9 * USD),
    Limit(window="session", nano=10**9 * USD),
)
USAGE = Usage(input=1000, cache_read=0, cache_write=0, output=200, reasoning=0)
GROUPS: tuple[SpendGroup, ...] = get_args(SpendGroup)
Ask = Callable[[], Awaitable[object]]


def now_ms() -> int:
    return int(time.time() * 1000)


def make(path: Path, entries: int) -> dict[str, str]:
    """The ledger, with its sums; how large it is, and what the sums took."""
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        migrate(db)
        for made in ten_million.make(db, entries, now_ms()):
            say(f"{made:,} entries made")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain = path.stat().st_size
        took = fold(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    sums = path.stat().st_size - plain
    return {
        "the file": f"{path.stat().st_size / 1e6:,.0f} MB, of it sums {sums / 1e6:,.0f} MB",
        "summing an entry": f"{took / entries * 1e6:.1f} µs",
    }


def log_decisions(path: Path, count: int) -> None:
    """A week of the log of decisions, with its sums."""
    chance, start = random.Random(4663), now_ms() - 7 * DAY_MS  # noqa: S311 - no secret
    pick = chance.randrange
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("BEGIN")
        for number in range(count):
            model = min(pick(40), pick(40))
            view = RequestView(
                f"01J{number:023d}",
                start + number * 7 * DAY_MS // count,
                "done" if pick(30) else "failed",
                task=f"task-{pick(6)}",
                model=f"provider-{model % 10}/model-{model}",
                first_token_ms=pick(100, 2000),
                total_ms=pick(2000, 20_000),
                output_tokens=pick(10, 2000),
                cost_nano=pick(10**8),
            )
            row = view.id, view.at_ms, "4", bytearray(packed_view(view)), b""
            db.execute("INSERT INTO decision VALUES (?, ?, ?, ?, ?)", row)
        while decision_sums.fold(db):
            pass
        db.execute("COMMIT")
    db.close()


def fold(db: sqlite3.Connection) -> float:
    """Bring in every entry, as the daemon does; seconds of processor time."""
    bringing = Folding(None)  # type: ignore[arg-type]
    start, is_more, rounds = time.process_time(), True, 0
    while is_more:
        db.execute("BEGIN IMMEDIATE")
        is_more = bringing.fold(db)
        db.execute("COMMIT")
        rounds += 1
        if rounds % 500 == 0:
            say(f"{rounds * AT_ONCE:,} entries summed")
    return time.process_time() - start


async def best(ask: Ask) -> str:
    """The fewest milliseconds, and the fewest of processor time."""
    wall, cpu = [], []
    for _ in range(TIMES):
        begun, used = time.perf_counter(), time.process_time()
        await ask()
        wall.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - used)
    return f"{min(wall) * 1e3:.1f} ms ({min(cpu) * 1e3:.1f})"


async def measured(path: Path) -> dict[str, str]:
    """Every question."""
    found: dict[str, str] = {}
    for what, limits in (("", LIMITS), (", every kind of limit", with_scopes())):
        found[f"opening{what}"] = await best(partial(opened, path, limits))
    db = await Database.open(path)
    ledger = Ledger(db, with_scopes(), now_ms, survive_power_cuts=lambda: False)
    await ledger.open()
    for what, ask in questions(db, ledger).items():
        found[what] = await best(ask)
    attempts = Attempts()
    catching_up.QUIET_S = 86_400.0
    await attempts.some(ledger, MOST - 1 - ledger._folding.catching_up.fresh)
    for what, ask in questions(db, ledger).items():
        if what in ("spend by session, 30 days", "spend by model, 30 days", "savings, 30 days"):
            found[f"{what}, {MOST - 1} entries not summed yet"] = await best(ask)
    found["500 attempts reserved and settled, one by one"] = await best(
        partial(attempts.some, ledger, 500)
    )
    await db.close()
    return found


def with_scopes() -> LedgerLimits:
    return LedgerLimits(day_nano=LIMITS.day_nano, month_nano=LIMITS.month_nano, scoped=SCOPED)


async def opened(path: Path, limits: LedgerLimits) -> None:
    """A start, to the moment that prompts are answered."""
    db = await Database.open(path)
    ledger = Ledger(db, limits, now_ms)
    await ledger.open()
    await db.close()


def questions(db: Database, ledger: Ledger) -> dict[str, Ask]:
    """All that can be asked."""
    reports, month = Reports(db, now_ms), now_ms() - 30 * DAY_MS
    figures = Figures(db)
    price = flat(USD, 2 * USD, source="a bench")
    today = datetime.date.today()
    asked: dict[str, Ask] = {}
    for by in GROUPS:
        asked[f"spend by {by}, 30 days"] = partial(ledger.report, by, month)
    for by in GROUPS:
        asked[f"spend by {by}, all days"] = partial(ledger.report, by, 0)

    async def budgets() -> None:
        ledger.spend_view()
        ledger.budget()

    return asked | {
        "month end and dearest, 30 days": partial(reports.details, month),
        "month end and dearest, all days": partial(reports.details, 0),
        "savings, 30 days": partial(reports.saved, month, "a/b", lambda _: price),
        "savings, all days": partial(reports.saved, 0, "a/b", lambda _: price),
        "booked by UTC day, 30 days": partial(
            reports.booked, "provider-1", today - datetime.timedelta(30), today
        ),
        "hours of 14 days": lambda: db.read(partial(_hours, now_ms=now_ms())),
        "stats by model, 7 days": partial(figures.report, "model", now_ms() - 7 * DAY_MS),
        "/metrics: by model, task and strategy, 24 hours": partial(figures.each, now_ms() - DAY_MS),
        "what the cache gave, 30 days": partial(figures.cached, month),
        "budget show, and the windows of a prompt": budgets,
        "a session's sum, when it is met": lambda: db.read(
            partial(session_sums.spent_in, session="01J" + "1" * 23)
        ),
        "every window read again": partial(ledger._know, 20260101),
    }


class Attempts:
    """Makes attempts with ids of their own."""

    def __init__(self) -> None:
        self._name, self._last = str(time.time_ns()), 0

    async def some(self, ledger: Ledger, count: int) -> None:
        for _ in range(count):
            self._last += 1
            name = f"{self._name}-{self._last}"
            reservation = Reservation(
                id=name,
                request=name,
                model="provider-3/model-3",
                provider="provider-3",
                place="cloud",
                worst_nano=1000,
                client=f"client-{self._last % 20}",
                session=f"met-{self._last % 50}",
                at_ms=now_ms(),
            )
            await ledger.reserve(reservation)
            settled: dict[str, Any] = {"usage": USAGE, "cost_nano": 500, "outcome": "done"}
            await ledger.settle(Settlement(id=name, ended_ms=now_ms(), **settled))


def measure(folder: Path, entries: int) -> dict[str, str]:
    """What was measured of a ledger that is made in a folder, and deleted."""
    path = folder / "grown.db"
    if shutil.disk_usage(folder).free < 2 * entries * BYTES_AN_ENTRY:
        raise SystemExit(f"{folder} has too little room for {entries:,} entries")
    try:
        found = make(path, entries)
        log_decisions(path, DECISIONS)
        return found | uvloop.run(measured(path))
    finally:
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


def write(found: dict[str, str], entries: int) -> None:
    """The table, with its date and machine."""
    about = machine()
    lines = [
        f"# A ledger of {entries:,} entries",
        "",
        f"On {datetime.date.today().isoformat()}, {about['processor']}, {about['cores']} cores, "
        f"{about['memory']}, Python {about['python']}; written by `tests/bench/growth.py`. The "
        "best of five, of processor time in brackets. 50 ms is the bound for each question, 5 ms "
        "the goal.",
        "",
        "| what | measured |",
        "|---|---|",
        *(f"| {what} | {value} |" for what, value in found.items()),
        "",
    ]
    (Path(__file__).parent / "GROWTH.md").write_text("\n".join(lines))


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        write(measure(Path(folder), entries), entries)
