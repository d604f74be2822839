"""The ledger against the simplest thing that could be right, under random use.

`HOMEPORT_PROVE=N` plays N games instead of 25.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from datetime import date, datetime, timedelta
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
from homeport.daemon.money.windows import day_of, noon_ms, period_of
from homeport.daemon.storage.database import Database
from support.ledgers import (
    NOON_MS,
    Clock,
    NoSpareTime,
    SlowDisk,
    a_reservation,
    a_settlement,
    on_disk,
)

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
    """Reserves, settles at once and late, cancels, turns the clock, changes and raises limits, has
    sums read while the end of attempts is on its way, and crashes."""

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
        self.late: dict[str, Taking] = {}
        """What reserved ones have cost that are settled, and of which nobody was told yet."""
        self.is_read = True
        """The sums of all limits were read."""
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
        self.spare = NoSpareTime()
        self.db = await Database.open(self.folder / "ledger.db", spare=self.spare)
        day, month = self.limits
        limits = LedgerLimits(day_nano=day, month_nano=month, scoped=self.scoped)
        self.ledger = Ledger(self.db, limits, self.clock, survive_power_cuts=lambda: False)
        await self.ledger.open()
        self.is_read = True

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
        before = self.fits(reservation)
        fits = self.run(self.ledger.reserve(reservation)) is None
        # What was told meanwhile has only made more room.
        assert fits in (before, self.fits(reservation))
        self.is_read = self.is_read or worst > 0
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

    @rule(target=ended, attempt=consumes(held), cost=AMOUNTS)
    def settle_late(self, attempt: str, cost: int) -> str:
        """With others that end in the same moment; its worst case is held until that is told."""

        async def settle() -> None:
            self.end_late(attempt, cost)

        if attempt in self.reserved:
            self.run(settle())
        return attempt

    def end_late(self, attempt: str, cost: int) -> None:
        def told() -> None:
            del self.reserved[attempt]
            self.spent[attempt] = self.late.pop(attempt)

        of, worst = self.reserved[attempt]
        self.late[attempt] = Taking(of, min(cost, worst))
        self.ledger.settle_with_others(a_settlement(attempt, min(cost, worst)), told)

    @rule()
    def all_are_told(self) -> None:
        self.run(self.db.flush())
        assert not self.late

    @rule(target=ended, worst=AMOUNTS, cost=AMOUNTS, labels=LABELS, scoped=SCOPED)
    def the_sums_are_read_while_one_ends(
        self, worst: int, cost: int, labels: dict[str, Any], scoped: tuple[Limit, ...]
    ) -> str:
        """For other limits, among many writes: that they were read is told after the end is."""

        attempt = self.reserve(worst, labels)

        async def read() -> None:
            disk = SlowDisk(self.db)
            disk.pile_up(attempt)
            reading = asyncio.ensure_future(self.ledger.refreshed())
            await asyncio.sleep(0)
            self.end_late(attempt, cost)
            disk.go_on()
            await reading
            await self.db.flush()

        self.read_while(attempt, scoped, read)
        return attempt

    @rule(target=ended, worst=AMOUNTS, cost=AMOUNTS, labels=LABELS, scoped=SCOPED)
    def the_sums_are_read_when_one_has_ended(
        self, worst: int, cost: int, labels: dict[str, Any], scoped: tuple[Limit, ...]
    ) -> str:
        """For other limits: its entry is on disk, and nobody has been told of it."""

        attempt = self.reserve(worst, labels)

        async def read() -> None:
            self.spare.is_full = True
            self.end_late(attempt, cost)
            await on_disk(self.db, {attempt})
            assert attempt in self.reserved
            await self.ledger.refreshed()
            self.spare.is_full = False
            await self.db.flush()

        self.read_while(attempt, scoped, read)
        return attempt

    def read_while(
        self,
        attempt: str,
        scoped: tuple[Limit, ...],
        read: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        if attempt in self.reserved:
            self.change_limits(*self.limits, scoped, waits=False)
            self.run(read())
            self.is_read = True

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

    @rule(
        first=st.dates(date(2025, 12, 1), date(2026, 12, 31)),
        of=st.sampled_from(["week", "month"]),
        days=st.integers(-3, 3),
    )
    def the_clock_is_set_around_a_first_day(self, first: date, of: str, days: int) -> None:
        """Of a week or a month, some days before or after it."""
        back = first.weekday() if of == "week" else first.day - 1
        self.set_clock(first - timedelta(days=back) + timedelta(days=days))

    @rule(
        months=st.integers(1, 12),
        days=st.integers(0, 6),
        worst=AMOUNTS,
        nano=st.integers(0, 1000),
    )
    def a_week_is_looked_at_again(self, months: int, days: int, worst: int, nano: int) -> None:
        """One that a month begins in, from its first day on, after a start two months later."""
        first = date(2025 + months // 12, months % 12 + 1, 1)
        monday = first - timedelta(days=first.weekday())
        self.change_limits(*self.limits, (*self.scoped, Limit(window="week", nano=nano)), True)
        self.set_clock(monday + timedelta(days=days))
        self.settle(self.reserve(worst, {}), worst)
        self.set_clock(first + timedelta(days=40))
        self.crash_and_start_again()
        self.set_clock(max(first, monday + timedelta(days=days)))

    def set_clock(self, to: date) -> None:
        self.clock.now_ms = noon_ms(int(to.strftime("%Y%m%d")))
        self.run(self.ledger.refreshed())
        self.is_read = True

    @rule(day=LIMITS, month=LIMITS, scoped=SCOPED, waits=st.booleans())
    def change_limits(
        self, day: int | None, month: int | None, scoped: tuple[Limit, ...], waits: bool
    ) -> None:
        """`waits` until their sums are read; a reservation does it else."""
        self.is_read = self.is_read and scoped == self.scoped
        self.limits, self.scoped = (day, month), scoped
        self.over = {}
        self.note_what_is_over()
        self.ledger.set_limits(LedgerLimits(day_nano=day, month_nano=month, scoped=scoped))
        if waits:
            self.run(self.ledger.refreshed())
            self.is_read = True

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
    def the_other_windows_agree(self) -> None:
        """As far as they have been read, and but for sessions, of which one is shown."""
        if not hasattr(self, "ledger") or not self.is_read:
            return
        views = [view for view in self.ledger.spend_view().scoped if view.window != "session"]
        limits = [limit for limit in self.scoped if limit.window != "session"]
        today = self.day(self.clock())
        for view, limit in zip(views, limits, strict=True):
            assert (view.spent_nano, view.reserved_nano) == tuple(
                sum(
                    taking.nano
                    for taking in takings.values()
                    if counts(limit, taking.of)
                    and period_of(limit.window, self.day(taking.of.at_ms))
                    == period_of(limit.window, today)
                )
                for takings in (self.spent, self.reserved)
            )

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
