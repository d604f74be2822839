"""Work that follows behind the writes, until it has caught up."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from homeport.daemon.storage.catching_up import MOST, OFTEN, QUIET_S, CatchingUp
from homeport.daemon.storage.database import Database
from support.turned_clock import TurnedClock


class Work:
    """Three rounds of it, of which the first may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.rounds = 0
        self.fails = fails
        self.loop = asyncio.get_running_loop()
        self.done = asyncio.Event()

    def __call__(self, db: sqlite3.Connection) -> bool:
        if self.fails:
            self.loop.call_soon_threadsafe(self.done.set)
            raise sqlite3.OperationalError("no room")
        self.rounds += 1
        if self.rounds == 3:
            self.loop.call_soon_threadsafe(self.done.set)
        return self.rounds < 3


async def test_it_goes_on_until_there_is_no_more_to_do(tmp_path: Path) -> None:
    db, work = await Database.open(tmp_path / "l.db"), Work()
    behind = CatchingUp(db, work)
    behind.written(MOST - 1)
    await db.flush()
    assert (work.rounds, behind.fresh) == (0, MOST - 1)
    behind.written()
    async with asyncio.timeout(10):
        await work.done.wait()
    await db.flush()
    assert (work.rounds, behind.fresh) == (3, 0)
    await db.close()


async def test_it_waits_for_a_quiet_moment(tmp_path: Path) -> None:
    db, work, clock = await Database.open(tmp_path / "l.db"), Work(), TurnedClock()
    behind = CatchingUp(db, work)
    behind.written(OFTEN)
    await clock.turn(QUIET_S * 0.6)
    behind.written()
    await clock.turn(QUIET_S * 0.6)
    await db.flush()
    assert (work.rounds, behind.fresh) == (0, OFTEN + 1)
    await clock.turn(QUIET_S)
    async with asyncio.timeout(10):
        await work.done.wait()
    assert behind.fresh == 0
    await db.close()


async def test_few_rows_wait_for_others(tmp_path: Path) -> None:
    db, work, clock = await Database.open(tmp_path / "l.db"), Work(), TurnedClock()
    behind = CatchingUp(db, work)
    behind.written(OFTEN - 1)
    await clock.turn(10 * QUIET_S)
    await db.flush()
    assert (work.rounds, behind.fresh) == (0, OFTEN - 1)
    await db.close()


async def test_the_database_may_be_closed_by_then(tmp_path: Path) -> None:
    db, work, clock = await Database.open(tmp_path / "l.db"), Work(), TurnedClock()
    behind = CatchingUp(db, work)
    behind.written(OFTEN)
    await db.close()
    await clock.turn(2 * QUIET_S)
    assert (work.rounds, behind.fresh) == (0, 0)


async def test_what_fails_is_told_and_tried_with_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db, work = await Database.open(tmp_path / "l.db"), Work(fails=True)
    behind = CatchingUp(db, work)
    with caplog.at_level(logging.WARNING):
        behind.written(MOST)
        async with asyncio.timeout(10):
            await work.done.wait()
        await db.flush()
    assert "could not be summed" in caplog.text
    work.fails = False
    work.done.clear()
    behind.written(MOST)
    async with asyncio.timeout(10):
        await work.done.wait()
    await db.close()


async def test_it_ends_with_the_database(tmp_path: Path) -> None:
    db, work = await Database.open(tmp_path / "l.db"), Work()
    behind = CatchingUp(db, work)
    behind.go_on()
    await db.close()
    rounds = work.rounds
    behind._go_on_if_open()
    assert work.rounds == rounds
