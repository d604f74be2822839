"""Each alert is told once per window, restarts or not."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from homeport.client.wire import AlertView, SpendView
from homeport.daemon.money import alerts
from homeport.daemon.money.alerts import Alerts
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.thresholds import HOUR_MS
from support.ledgers import NOON_MS, Clock, a_ledger, spent

CENT = 10_000_000


class Told:
    """Alerts over a ledger, and what they told."""

    def __init__(self, ledger: Ledger, clock: Clock, times: float = 0.0) -> None:
        self.said: asyncio.Queue[AlertView] = asyncio.Queue()
        self.posted: list[int] = []
        """Thresholds that the webhook took."""
        self.is_there = True
        self.alerts = Alerts(
            ledger._db, ledger.spend_view, lambda: times, self.said.put, self._post, clock
        )
        ledger.on_spent = self.alerts.wake

    async def _post(self, alert: AlertView) -> bool:
        if self.is_there:
            self.posted.append(alert.threshold)
        return self.is_there

    async def look(self) -> list[int]:
        """The thresholds that are told now."""
        await self.alerts.look()
        return [self.said.get_nowait().threshold for _ in range(self.said.qsize())]


async def test_each_threshold_is_told_once_and_the_highest_of_several(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        told = Told(ledger, Clock())
        assert await told.look() == []
        await spent(ledger, 600, 600)
        assert await told.look() == [50]
        await spent(ledger, 50, 50)
        assert await told.look() == []
        await spent(ledger, 310, 310)
        assert await told.look() == [95]
        await spent(ledger, 40, 40)
        assert await told.look() == [100]


async def test_a_restart_repeats_nothing_and_a_new_day_begins_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", Clock()
    async with a_ledger(path, day=1000, clock=clock) as ledger:
        await spent(ledger, 850, 850)
        assert await Told(ledger, clock).look() == [80]
    async with a_ledger(path, day=1000, clock=clock) as ledger:
        told = Told(ledger, clock)
        assert await told.look() == []
        clock.now_ms += 24 * HOUR_MS
        await spent(ledger, 850, 850, at_ms=clock.now_ms)
        assert await told.look() == [80]


async def test_it_looks_whenever_something_was_spent(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        told = Told(ledger, Clock())
        running = asyncio.ensure_future(told.alerts.run())
        await spent(ledger, 500, 500)
        async with asyncio.timeout(10):
            assert (await told.said.get()).threshold == 50
        running.cancel()


async def test_what_could_not_be_looked_at_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "FIRST_AGAIN_S", 0.01)
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        views = iter([OSError("no room")])

        def view() -> SpendView:
            for trouble in views:
                raise trouble
            return ledger.spend_view()

        told = Told(ledger, Clock())
        told.alerts._view = view
        running = asyncio.ensure_future(told.alerts.run())
        await spent(ledger, 1000, 1000)
        async with asyncio.timeout(10):
            assert (await told.said.get()).threshold == 100
        running.cancel()


async def test_a_limit_that_is_lowered_is_looked_at(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        told = Told(ledger, Clock())
        await spent(ledger, 100, 100)
        assert await told.look() == []
        running = asyncio.ensure_future(told.alerts.run())
        ledger.set_limits(LedgerLimits(day_nano=120))
        async with asyncio.timeout(10):
            assert (await told.said.get()).threshold == 80
        running.cancel()


async def test_of_a_larger_limit_each_threshold_is_told_anew(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        told = Told(ledger, Clock())
        await spent(ledger, 960, 960)
        assert await told.look() == [95]
        ledger.set_limits(LedgerLimits(day_nano=2000))
        assert await told.look() == []
        await spent(ledger, 740, 740)
        assert await told.look() == [80]
        ledger.set_limits(LedgerLimits(day_nano=1700))
        assert await told.look() == [100]
        ledger.set_limits(LedgerLimits(day_nano=2000))
        assert await told.look() == []
    assert told.posted == [95, 80, 100]


async def test_a_webhook_that_fails_is_tried_until_it_takes_it(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000) as ledger:
        told = Told(ledger, Clock())
        told.is_there = False
        await spent(ledger, 600, 600)
        assert await told.look() == [50]
        await told.alerts.post_unsent()
        told.is_there = True
        assert await told.look() == []
        await told.alerts.post_unsent()
        await told.alerts.post_unsent()
    assert told.posted == [50]


async def test_what_a_killed_daemon_owes_the_webhook_is_sent_by_the_next(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", Clock()
    async with a_ledger(path, day=1000, clock=clock) as ledger:
        told = Told(ledger, clock)
        told.is_there = False
        await spent(ledger, 600, 600)
        assert await told.look() == [50]
        await spent(ledger, 250, 250)
        assert await told.look() == [80]
    async with a_ledger(path, day=1000, clock=clock) as ledger:
        later = Told(ledger, clock)
        later.alerts._again_s = 0.0
        running = asyncio.ensure_future(later.alerts.run())
        async with asyncio.timeout(10):
            while not later.posted:
                await asyncio.sleep(0)
        running.cancel()
    assert later.posted == [80], "the latest of a window alone"
    assert later.said.empty()


async def test_what_is_over_is_not_sent_any_more(tmp_path: Path) -> None:
    clock = Clock()
    async with a_ledger(tmp_path / "l.db", day=1000, month=9000, clock=clock) as ledger:
        told = Told(ledger, clock)
        told.is_there = False
        await spent(ledger, 900, 900)
        assert await told.look() == [80]
        clock.now_ms += 24 * HOUR_MS
        told.is_there = True
        await told.alerts.post_unsent()
        assert await ledger._db.read(_owed) == 0
    assert told.posted == []


def _owed(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(unsent) FROM alert").fetchone()[0])


async def test_an_hour_that_costs_too_much_is_told_once(tmp_path: Path) -> None:
    clock = Clock()
    async with a_ledger(tmp_path / "l.db", clock=clock) as ledger:
        for hours in range(1, 7):
            await spent(ledger, CENT, CENT, at_ms=NOON_MS - hours * HOUR_MS)
        told = Told(ledger, clock, times=3.0)
        assert await told.look() == []
        await spent(ledger, 4 * CENT, 4 * CENT)
        clock.now_ms += 61_000
        await told.alerts.look()
        assert (await told.said.get()).kind == "anomaly"
        clock.now_ms += 61_000
        assert await told.look() == []
