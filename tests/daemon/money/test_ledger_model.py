"""The ledger against the simplest thing that could be right, under random use."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.database import Database
from support.ledgers import NOON_MS, Clock, a_reservation, a_settlement

DAY_MS = 86_400_000
AMOUNTS = st.integers(0, 500)
LIMITS = st.none() | st.integers(0, 3000)


class LedgerMachine(RuleBasedStateMachine):
    """Reserves, settles, cancels, turns the clock, changes limits and crashes."""

    held = Bundle("held")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock(NOON_MS)
        self.limits: tuple[int | None, int | None] = (None, None)
        self.spent: dict[str, tuple[int, int]] = {}
        self.reserved: dict[str, tuple[int, int]] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize(day=LIMITS, month=LIMITS)
    def start(self, day: int | None, month: int | None) -> None:
        self.limits = (day, month)
        self.run(self.open())

    async def open(self) -> None:
        self.db = await Database.open(self.folder / "ledger.db")
        day, month = self.limits
        limits = LedgerLimits(day_nano=day, month_nano=month)
        self.ledger = Ledger(self.db, limits, self.clock, survive_power_cuts=lambda: False)
        await self.ledger.open()

    def sums(self, of: dict[str, tuple[int, int]]) -> tuple[int, int]:
        """Of the clock's day, and of its month."""
        days = [(self.day(at_ms), nano) for at_ms, nano in of.values()]
        today = self.day(self.clock())
        return (
            sum(nano for day, nano in days if day == today),
            sum(nano for day, nano in days if day // 100 == today // 100),
        )

    def day(self, at_ms: int) -> int:
        return day_of(at_ms)

    def fits(self, worst: int) -> bool:
        taken = zip(self.sums(self.spent), self.sums(self.reserved), self.limits, strict=True)
        return worst == 0 or all(
            limit is None or spent + reserved + worst <= limit for spent, reserved, limit in taken
        )

    @rule(target=held, worst=AMOUNTS)
    def reserve(self, worst: int) -> str:
        reservation = a_reservation(worst, at_ms=self.clock())
        fits = self.fits(worst)
        assert (self.run(self.ledger.reserve(reservation)) is None) == fits
        if fits:
            self.reserved[reservation.id] = (self.clock(), worst)
        return reservation.id

    @rule(worst=AMOUNTS, yields=st.integers(0, 3))
    def cancel_a_reservation(self, worst: int, yields: int) -> None:
        async def cancelled() -> bool:
            reserving = asyncio.ensure_future(self.ledger.reserve(reservation))
            for _ in range(yields):
                await asyncio.sleep(0)
            reserving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                return await reserving is None
            await self.db.write(lambda _: None)
            return False

        reservation = a_reservation(worst, at_ms=self.clock())
        if self.run(cancelled()):  # it was through before it could be cancelled
            self.reserved[reservation.id] = (self.clock(), worst)

    @rule(target=ended, attempt=consumes(held), cost=st.none() | st.integers(0, 800))
    def settle(self, attempt: str, cost: int | None) -> str:
        if attempt in self.reserved:
            at_ms, worst = self.reserved.pop(attempt)
            entry = self.run(self.ledger.settle(a_settlement(attempt, cost)))
            booked = worst if cost is None else cost
            assert entry.cost_nano == booked
            assert entry.certain == (cost is not None or worst == 0)
            self.spent[attempt] = (at_ms, booked)
        return attempt

    @rule(attempt=ended)
    def settle_again(self, attempt: str) -> None:
        if attempt in self.spent:
            entry = self.run(self.ledger.settle(a_settlement(attempt, 777)))
            assert entry.cost_nano == self.spent[attempt][1]

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 15]))
    def time_passes(self, hours: int) -> None:
        self.clock.now_ms += hours * DAY_MS // 24

    @rule(day=LIMITS, month=LIMITS)
    def change_limits(self, day: int | None, month: int | None) -> None:
        self.limits = (day, month)
        self.ledger.set_limits(LedgerLimits(day_nano=day, month_nano=month))

    @rule()
    def crash_and_start_again(self) -> None:
        self.run(self.db.close())
        self.run(self.open())
        self.spent |= self.reserved
        self.reserved = {}

    @invariant()
    def the_windows_agree(self) -> None:
        if hasattr(self, "ledger"):
            windows = self.ledger.spend_view().windows
            assert tuple(w.spent_nano for w in windows) == self.sums(self.spent)
            assert tuple(w.reserved_nano for w in windows) == self.sums(self.reserved)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.run(self.db.close())
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.folder)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
