"""The ledger against the simplest thing that could be right, under random use.

`HOMEPORT_PROVE=N` plays N games instead of 25.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

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

from homeport.daemon.money.ledger import Ledger, LedgerLimits, Reservation
from homeport.daemon.money.raises import Raise
from homeport.daemon.money.scopes import Limit
from homeport.daemon.money.windows import day_of, period_of
from homeport.daemon.storage.database import Database
from support.ledgers import NOON_MS, Clock, a_reservation, a_settlement

DAY_MS = 86_400_000
AMOUNTS = st.integers(0, 500)
LIMITS = st.none() | st.integers(0, 3000)
SCOPES: st.SearchStrategy[tuple[Any, str]] = st.sampled_from(
    [
        ("all", ""),
        ("provider", "openai"),
        ("model", "openai/gpt-5"),
        ("client", "editor"),
        ("tag", "work"),
    ]
)


@st.composite
def scoped_limits(draw: st.DrawFn) -> Limit:
    scope, name = draw(SCOPES)
    windows: list[Any] = ["day", "week", "month"]
    if scope not in ("provider", "model"):
        windows.append("session")
    return Limit(
        window=draw(st.sampled_from(windows)),
        scope=scope,
        name=name,
        nano=draw(st.integers(0, 3000)),
    )


SCOPED = st.lists(scoped_limits(), max_size=4).map(tuple)
LABELS = st.fixed_dictionaries(
    {
        "provider": st.sampled_from(["openai", "sky"]),
        "client": st.sampled_from(["", "editor"]),
        "session": st.sampled_from(["", "one", "two"]),
        "tags": st.sampled_from([(), ("work",), ("play", "work")]),
    }
)


class Taking(NamedTuple):
    """What one attempt takes, and of what."""

    of: Reservation
    nano: int


def period(window: str, of: Reservation, day: int) -> object:
    """Whatever two attempts have in common that count in one window."""
    week = datetime.strptime(str(day), "%Y%m%d").isocalendar()[:2]
    return {"day": day, "week": week, "month": day // 100, "session": of.session}[window]


def counts(limit: Limit, of: Reservation) -> bool:
    if limit.window == "session" and not of.session:
        return False
    named = {"provider": (of.provider,), "model": (of.model,), "client": (of.client,)}
    return limit.scope == "all" or limit.name in named.get(limit.scope, of.tags)


class LedgerMachine(RuleBasedStateMachine):
    """Reserves, settles, cancels, turns the clock, changes and raises limits, and crashes."""

    held = Bundle("held")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock(NOON_MS)
        self.limits: tuple[int | None, int | None] = (None, None)
        self.scoped: tuple[Limit, ...] = ()
        self.spent: dict[str, Taking] = {}
        self.reserved: dict[str, Taking] = {}
        self.raised: dict[tuple[str, str, str, object], int] = {}
        """How much more there is, by window, scope, name and period."""
        self.over: dict[tuple[Limit, object], int] = {}
        """What was taken where more than the limit was: it was lowered, or a provider charged
        more than its worst case. Nothing may be added to it."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize(day=LIMITS, month=LIMITS, scoped=SCOPED)
    def start(self, day: int | None, month: int | None, scoped: tuple[Limit, ...]) -> None:
        self.limits, self.scoped = (day, month), scoped
        self.run(self.open())

    async def open(self) -> None:
        self.db = await Database.open(self.folder / "ledger.db")
        day, month = self.limits
        limits = LedgerLimits(day_nano=day, month_nano=month, scoped=self.scoped)
        self.ledger = Ledger(self.db, limits, self.clock, survive_power_cuts=lambda: False)
        await self.ledger.open()

    def sums(self, of: dict[str, Taking]) -> tuple[int, int]:
        """Of the clock's day, and of its month."""
        days = [(self.day(taking.of.at_ms), taking.nano) for taking in of.values()]
        today = self.day(self.clock())
        return (
            sum(nano for day, nano in days if day == today),
            sum(nano for day, nano in days if day // 100 == today // 100),
        )

    def day(self, at_ms: int) -> int:
        return day_of(at_ms)

    def taken(self, limit: Limit, of: Reservation) -> int:
        """Spent and reserved under a limit, in the window that an attempt counts in."""
        wanted = period(limit.window, of, self.day(of.at_ms))
        return sum(
            taking.nano
            for taking in (*self.spent.values(), *self.reserved.values())
            if counts(limit, taking.of)
            and period(limit.window, taking.of, self.day(taking.of.at_ms)) == wanted
        )

    def every_limit(self) -> list[Limit]:
        """Those of days and months for everything, and the others."""
        windows: tuple[Any, ...] = ("day", "month")
        of_all = [
            Limit(window=window, nano=nano)
            for window, nano in zip(windows, self.limits, strict=True)
            if nano is not None
        ]
        return [*of_all, *self.scoped]

    def allowed(self, limit: Limit, of: Reservation) -> int:
        """With what the window that an attempt counts in was raised by."""
        when = period(limit.window, of, self.day(of.at_ms))
        return limit.nano + self.raised.get((limit.window, limit.scope, limit.name, when), 0)

    def fits(self, reservation: Reservation) -> bool:
        worst = reservation.worst_nano
        return worst == 0 or all(
            self.taken(limit, reservation) + worst <= self.allowed(limit, reservation)
            for limit in self.every_limit()
            if counts(limit, reservation)
        )

    def note_what_is_over(self) -> None:
        """From here on it may only become less."""
        for limit, of in self.counted():
            taken = self.taken(limit, of)
            if taken > self.allowed(limit, of):
                self.over[limit, period(limit.window, of, self.day(of.at_ms))] = taken

    def counted(self) -> list[tuple[Limit, Reservation]]:
        """Every limit with every attempt that counts in it."""
        takings = [*self.spent.values(), *self.reserved.values()]
        return [
            (limit, taking.of)
            for limit in self.every_limit()
            for taking in takings
            if counts(limit, taking.of)
        ]

    @rule(target=held, worst=AMOUNTS, labels=LABELS)
    def reserve(self, worst: int, labels: dict[str, Any]) -> str:
        reservation = a_reservation(worst, at_ms=self.clock(), **labels)
        fits = self.fits(reservation)
        assert (self.run(self.ledger.reserve(reservation)) is None) == fits
        if fits:
            self.reserved[reservation.id] = Taking(reservation, worst)
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
            self.reserved[reservation.id] = Taking(reservation, worst)

    @rule(target=ended, attempt=consumes(held), cost=st.none() | st.integers(0, 800))
    def settle(self, attempt: str, cost: int | None) -> str:
        if attempt in self.reserved:
            reservation, worst = self.reserved.pop(attempt)
            entry = self.run(self.ledger.settle(a_settlement(attempt, cost)))
            booked = worst if cost is None else cost
            assert entry.cost_nano == booked
            assert entry.certain == (cost is not None or worst == 0)
            self.spent[attempt] = Taking(reservation, booked)
            if booked > worst:
                self.note_what_is_over()
        return attempt

    @rule(attempt=ended)
    def settle_again(self, attempt: str) -> None:
        if attempt in self.spent:
            entry = self.run(self.ledger.settle(a_settlement(attempt, 777)))
            assert entry.cost_nano == self.spent[attempt].nano

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 15]))
    def time_passes(self, hours: int) -> None:
        self.clock.now_ms += hours * DAY_MS // 24

    @rule(hours=st.sampled_from([1, 24, 24 * 31, 24 * 100]))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.clock.now_ms -= hours * DAY_MS // 24
        self.run(self.ledger.refreshed())

    @rule(day=LIMITS, month=LIMITS, scoped=SCOPED)
    def change_limits(self, day: int | None, month: int | None, scoped: tuple[Limit, ...]) -> None:
        self.limits, self.scoped = (day, month), scoped
        self.over = {}
        self.note_what_is_over()
        self.ledger.set_limits(LedgerLimits(day_nano=day, month_nano=month, scoped=scoped))

    @rule(nano=st.integers(1, 1000), which=st.integers(0, 5))
    def raise_a_limit(self, nano: int, which: int) -> None:
        """For the window that runs alone; a session has none to come."""
        limits = [limit for limit in self.every_limit() if limit.window != "session"]
        if not limits:
            return
        limit, today = limits[which % len(limits)], self.day(self.clock())
        of = a_reservation(0, at_ms=self.clock())
        key = (limit.window, limit.scope, limit.name, period(limit.window, of, today))
        self.raised[key] = self.raised.get(key, 0) + nano
        raised = Raise(
            window=limit.window,
            scope=limit.scope,
            name=limit.name,
            period=period_of(limit.window, today),
            nano=nano,
            at_ms=self.clock(),
        )
        self.run(self.ledger.raise_limit(raised))

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

    @invariant()
    def no_limit_is_overshot(self) -> None:
        for limit, of in self.counted():
            when = period(limit.window, of, self.day(of.at_ms))
            most = max(self.allowed(limit, of), self.over.get((limit, when), 0))
            assert self.taken(limit, of) <= most

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.run(self.db.close())
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.folder)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=max(25, int(os.environ.get("HOMEPORT_PROVE") or 0)),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
