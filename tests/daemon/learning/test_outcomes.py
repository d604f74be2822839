"""Outcomes in a real database: kept without waiting, one verdict each, bounded, no text."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.daemon.learning.outcome import Outcome
from homeport.daemon.learning.outcomes import Outcomes
from homeport.daemon.storage.database import Database
from support.outcomes import an_outcome


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Outcomes]:
    db = await Database.open(tmp_path / "ledger.db")
    yield Outcomes(db)
    await db.close()


async def latest(table: Outcomes, each: int = 100, most: int = 1000) -> list[Outcome]:
    return await table.latest(each=each, most=most)


async def test_what_is_kept_comes_back_oldest_first(table: Outcomes) -> None:
    full = an_outcome(2, raw=0.5, signals=(("least", 0.1),), answer=1, version="v", weight=0.5)
    table.keep(an_outcome(1, weight=1.0))
    table.keep(full)
    assert await latest(table) == [an_outcome(1, weight=1.0), full]
    assert repr(table) == "<Outcomes 0 waiting, 0 dropped>"


async def test_a_second_verdict_takes_the_place_of_the_first(table: Outcomes) -> None:
    for good in (1.0, 0.0):
        for source in ("thumb", "edit", "check"):
            table.keep(an_outcome(1, source=source, good=good, weight=1.0))
    table.keep(an_outcome(1, source="thumb", answer=1, weight=1.0))
    found = [(row.source, row.answer, row.good) for row in await latest(table)]
    assert sorted(found) == [
        *[("check", 0, 0.0), ("check", 0, 1.0), ("edit", 0, 0.0)],
        *[("thumb", 0, 0.0), ("thumb", 1, 1.0)],
    ]


async def test_only_the_newest_of_each_task_are_read(table: Outcomes) -> None:
    for number in range(6):
        table.keep(an_outcome(number, task="code" if number % 2 else "chat"))
    table.keep(an_outcome(9, model="scripted/b"))
    assert [row.at_ms for row in await latest(table, each=2)] == [1002, 1003, 1004, 1005, 1009]
    assert [row.at_ms for row in await latest(table, most=2)] == [1005, 1009]


async def test_what_is_old_or_too_much_is_forgotten(table: Outcomes) -> None:
    for number in range(10):
        table.keep(an_outcome(number))
    assert await table.prune(1003) == 3
    assert await table.prune(0, most=2) == 5
    assert [row.at_ms for row in await latest(table)] == [1008, 1009]


async def test_it_waits_for_nobody_and_drops_what_is_too_much(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = await Database.open(tmp_path / "ledger.db")
    table = Outcomes(db, waiting=2)
    for number in range(3):
        table.keep(an_outcome(number))
    assert table.dropped == 1
    assert "an outcome was not stored (1 so far): too many wait to be written" in caplog.text
    assert len(await latest(table)) == 2
    await db.close()
    table.keep(an_outcome())
    assert table.dropped == 2


@pytest.mark.parametrize("change", ["task = 'juggling'", "source = 'stars'", "signals = '{'"])
async def test_a_row_of_another_program_is_passed_over(
    table: Outcomes, tmp_path: Path, change: str
) -> None:
    table.keep(an_outcome(1, weight=1.0))
    await latest(table)
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute(f"UPDATE outcomes SET {change}")  # noqa: S608 - a constant
    db.close()
    assert await latest(table) == []
