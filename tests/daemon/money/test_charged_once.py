"""What was booked for sendings that their server charged as one."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from homeport.daemon.money.charged_once import CHARGED_ONCE
from homeport.daemon.money.ledger import Ledger
from support.ledgers import NOON_MS, Clock, a_ledger, a_reservation, a_settlement, spent

DAY_MS = 86_400_000
MODEL = "openai/gpt-5"


def today(ledger: Ledger) -> int:
    return ledger.spend_view().windows[0].spent_nano


async def test_it_is_taken_back_once_and_nothing_else_is(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "ledger.db", day=1000) as ledger:
        await spent(ledger, cost_nano=40, id="a.1", request="a")
        await spent(ledger, cost_nano=5, id="a.2", request="a", model="openai/other")
        await spent(ledger, cost_nano=30, id="b.1", request="b")
        await spent(ledger, cost_nano=7, id="c.1", request="c")
        both = ledger.charged_once(["a", "b"], MODEL)
        await asyncio.gather(both, ledger.charged_once(["a", "b", "gone"], MODEL))
        assert today(ledger) == 12
        left = ledger.budget().windows[0].left_nano
        assert left == 988
    async with a_ledger(tmp_path / "ledger.db", day=1000) as again:
        assert today(again) == 12, "the disk says the same"


async def test_what_is_not_on_disk_yet_is_taken_back_too(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "ledger.db", day=1000) as ledger:
        assert await ledger.reserve(a_reservation(100, id="a.1", request="a")) is None
        ledger.settle_with_others(a_settlement("a.1", 40), lambda: None)
        await ledger.charged_once(["a"], MODEL)
        await ledger._db.flush()
        assert today(ledger) == 0


async def test_a_crash_stays_at_its_worst_until_then_and_counts_on_its_own_day(
    tmp_path: Path,
) -> None:
    path, clock = tmp_path / "ledger.db", Clock()
    async with a_ledger(path, day=1000, clock=clock) as ledger:
        assert await ledger.reserve(a_reservation(900, id="a.1", request="a")) is None
    clock.now_ms += DAY_MS
    async with a_ledger(path, day=1000, month=950, clock=clock) as ledger:
        assert await ledger.reserve(a_reservation(100, at_ms=clock.now_ms)) is not None
        await ledger.charged_once(["a"], MODEL)
        assert today(ledger) == 0, "the day before is another one"
        assert await ledger.reserve(a_reservation(100, at_ms=clock.now_ms)) is None
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT cost_nano, outcome, day, at_ms FROM entry ORDER BY n").fetchall()
        estimated = db.execute(
            "SELECT sum(CASE WHEN certain THEN 0 ELSE cost_nano END) FROM entry"
        ).fetchone()
    (worst, crashed, day, at_ms), (back, once, same_day, same_ms), *_ = rows
    assert (worst, back, crashed, once) == (900, -900, "crashed", CHARGED_ONCE)
    assert (same_day, same_ms) == (day, at_ms) == (day, NOON_MS)
    assert estimated == (0,)
