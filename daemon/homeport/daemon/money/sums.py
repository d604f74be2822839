"""Every sum that a reservation is checked against, as one.

Owned by the ledger. `start_from` takes what the disk holds at one moment; from there
on every change is one step on the event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from homeport.client.wire import SpendView
from homeport.daemon.money import raises, session_sums, spend
from homeport.daemon.money.entries import Entry, Reservation
from homeport.daemon.money.kept_sums import COST, by_period
from homeport.daemon.money.raises import Raise, Raises
from homeport.daemon.money.scopes import Before, Limit, Scopes, SpentIn
from homeport.daemon.money.totals import LedgerLimits, Totals
from homeport.daemon.money.windows import period_of, week_of
from homeport.policies.model import Ask, Budget, BudgetWindow

Taken = tuple[Reservation, int]
"""What is held, and the day it counts in."""
DEAREST = 20
"""Sessions that are known from the start: one of them is the dearest."""


class Standing(msgspec.Struct, frozen=True):
    """All that windows are checked against, as the disk holds it."""

    since: int
    limits: tuple[Limit, ...]
    totals: list[spend.DayTotal]
    before: list[Before]
    """What was spent under each of the limits."""
    sessions: list[tuple[str, list[tuple[str, tuple[str, ...], int]]]]
    """The dearest; what was spent in others is read when they are met."""
    raises: list[Raise]


def standing(db: sqlite3.Connection, since: int, limits: Sequence[Limit]) -> Standing:
    """The sums from the first day of a month on, and whatever further limits need."""
    dearest: list[str] = []
    if any(limit.window == "session" for limit in limits):
        dearest = [name for name, _ in session_sums.dearest(db, 0, DEAREST)]
    sessions = [(name, session_sums.spent_in(db, name)) for name in dearest]
    before = [_before(db, since, limit) for limit in limits]
    totals = list(spend.totals_since(db, since))
    return Standing(since, tuple(limits), totals, before, sessions, raises.kept(db))


def _before(db: sqlite3.Connection, since: int, limit: Limit) -> Before:
    """What was spent under a limit, by its days, weeks or months; each of them is whole."""
    if limit.window in ("session", "request"):
        return ()
    # The first day may be in a week that has begun in the month before.
    first = week_of(since) if limit.window == "week" else since
    days = by_period(db, limit.scope, first, name=limit.name)
    return [(period_of(limit.window, day), sums[COST]) for day, _, sums in days if sums[COST]]


class Sums:
    """What is spent and reserved, under every limit."""

    def __init__(self, limits: LedgerLimits) -> None:
        self._raises = Raises()
        self._totals = Totals(limits, self._raises)
        self._scopes: Scopes | None = None
        """None where nothing but days and months is limited, if they are."""
        self.since = 0
        """The first day that the sums know; 0 before they know any."""
        self.is_stale = False
        """The limits ask for sums that are not known yet."""

    @property
    def limits(self) -> LedgerLimits:
        """What may be spent."""
        return self._totals.limits

    @limits.setter
    def limits(self, limits: LedgerLimits) -> None:
        self.is_stale = self.is_stale or limits.scoped != self._totals.limits.scoped
        self._totals.limits = limits

    def start_from(self, known: Standing, held: Iterable[Taken]) -> None:
        """Forget every sum, and take these and what is held."""
        self._raises = Raises()
        for raised in known.raises:
            self._raises.add(raised)
        self.since = known.since
        self._totals = Totals(self.limits, self._raises)
        for row in known.totals:
            self._totals.load(*row)
        self._scopes = None
        if known.limits:
            self._scopes = Scopes(known.limits, known.before, self._raises)
        for session, spent in known.sessions:
            self.learn(session, spent)
        self.is_stale = known.limits != self.limits.scoped
        for reservation, day in held:
            self.hold(reservation, day)

    def raise_by(self, raised: Raise) -> None:
        """More for one period, from here on."""
        self._raises.add(raised)

    def day(self, at_ms: int) -> int:
        """The day that a moment counts in."""
        return self._totals.day(at_ms)

    def know(self, day: int) -> bool:
        """Nothing has to be read before a window of that day can be judged."""
        return day >= self.since and not self.is_stale

    def knows_session(self, session: str) -> bool:
        """Nothing has to be read before its limits can be judged."""
        return self._scopes is None or self._scopes.knows(session)

    def learn(self, session: str, spent: SpentIn) -> None:
        """What the disk holds of a session, at the moment that `book` has come to."""
        if self._scopes is not None:
            self._scopes.learn(session, spent)

    def hold(self, reservation: Reservation, day: int, times: int = 1) -> None:
        """Reserve, after `too_small` in the same step; -1 times is to let it go."""
        worst = reservation.worst_nano * times
        self._totals.hold(day, worst)
        if self._scopes is not None:
            self._scopes.hold(reservation, day, worst)

    def book(self, entry: Entry) -> None:
        """Count an attempt that has ended."""
        self._totals.book(entry)
        if self._scopes is not None:
            self._scopes.book(entry, entry.day, entry.cost_nano)

    def too_small(self, reservation: Reservation) -> BudgetWindow | None:
        """A window that the worst case does not fit into."""
        at_ms, worst = reservation.at_ms, reservation.worst_nano
        window = self._totals.too_small(at_ms, worst)
        if window is None and worst and self._scopes is not None:
            return self._scopes.too_small(reservation, at_ms, worst)
        return window

    def budget(self, ask: Ask | None, now_ms: int) -> Budget:
        """What is left in every window; with a prompt, those that hold for it too."""
        budget = self._totals.budget(now_ms)
        if self._scopes is None or ask is None:
            return budget
        return replace(budget, windows=(*budget.windows, *self._scopes.windows(ask, now_ms)))

    def capped(self, ask: Ask) -> Ask:
        """The prompt under the limits that are set for single prompts."""
        if not self.limits.scoped:
            return ask
        most = self.limits.request_nano(ask.client, ask.session, ask.tags)
        if most is None or (ask.max_cost_nano is not None and ask.max_cost_nano <= most):
            return ask
        return replace(ask, max_cost_nano=most)

    def view(self, now_ms: int) -> SpendView:
        """What was spent, for people."""
        view = self._totals.view(now_ms)
        if self._scopes is None:
            return view
        return msgspec.structs.replace(view, scoped=self._scopes.views(now_ms))
