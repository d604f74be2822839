"""What is spent and reserved, by day and by month, in memory.

Owned by the ledger. Every change here is one step on the event loop: there is
no moment at which a window was checked but not yet taken from. An attempt
counts in the day and the month of its reservation, whenever it ends.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from homeport.client.wire import SpendView, WindowView
from homeport.daemon.money.corrections import CORRECTIONS
from homeport.daemon.money.entries import Entry
from homeport.daemon.money.raises import Raises
from homeport.daemon.money.scopes import Limit
from homeport.daemon.money.windows import Calendar, month_of
from homeport.policies.model import Budget, BudgetWindow, BudgetWindowName

NANO = 10**9
NO_RAISES = Raises()


class LedgerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent, in nano-dollars; None is no limit."""

    day_nano: int | None = None
    month_nano: int | None = None
    scoped: tuple[Limit, ...] = ()
    """Of weeks and sessions, and of single providers, models, clients and tags."""

    @classmethod
    def from_usd(
        cls, day: float | None, month: float | None, scoped: tuple[Limit, ...] = ()
    ) -> LedgerLimits:
        """From dollars, as the config has them."""
        return cls(
            day_nano=None if day is None else round(day * NANO),
            month_nano=None if month is None else round(month * NANO),
            scoped=scoped,
        )

    def request_nano(self, client: str, session: str, tags: Iterable[str]) -> int | None:
        """What one prompt may cost by its labels; one outside of any session is its own."""
        windows = ("request",) if session else ("request", "session")
        fitting = [limit for limit in self.scoped if limit.window in windows]
        return min((of.nano for of in fitting if of.is_of(client, tags)), default=None)


class Total:
    """What one day or one month holds. Money in nano-dollars."""

    __slots__ = ("at_home", "cloud", "estimates", "requests", "reserved", "spent")

    def __init__(self) -> None:
        self.spent = 0
        self.reserved = 0
        self.requests = 0
        self.estimates = 0
        self.at_home = 0
        self.cloud = 0


def _fits(limit_nano: int | None, total: Total, nano: int) -> bool:
    return limit_nano is None or total.spent + total.reserved + nano <= limit_nano


def _window(name: BudgetWindowName, limit_nano: int, total: Total, ends_ms: int) -> BudgetWindow:
    return BudgetWindow(
        window=name,
        limit_nano=limit_nano,
        spent_nano=total.spent,
        reserved_nano=total.reserved,
        resets_at_ms=ends_ms,
    )


class Totals:
    """The sums that every budget window is checked against."""

    def __init__(self, limits: LedgerLimits, raises: Raises = NO_RAISES) -> None:
        self.limits = limits
        self._raises = raises
        self._calendar = Calendar()
        self._months: dict[int, Total] = {}
        self._by_day: dict[int, tuple[Total, Total]] = {}
        """The totals of a day, and of its month."""

    def day(self, at_ms: int) -> int:
        """The day that a moment counts in."""
        return self._calendar.day(at_ms)

    def load(
        self, day: int, cost: int, requests: int, estimates: int, at_home: int, cloud: int
    ) -> None:
        """Add what the database holds of a day."""
        for total in self._of(day):
            total.spent += cost
            total.requests += requests
            total.estimates += estimates
            total.at_home += at_home
            total.cloud += cloud

    def hold(self, day: int, nano: int) -> None:
        """Reserve; the caller has asked `too_small` in the same step."""
        if not nano:
            return
        for total in self._of(day):
            total.reserved += nano

    def let_go(self, day: int, nano: int) -> None:
        """Undo `hold`."""
        self.hold(day, -nano)

    def book(self, entry: Entry) -> None:
        """Count an attempt that has ended."""
        at_home = entry.answered and entry.place != "cloud"
        self.load(
            entry.day,
            entry.cost_nano,
            entry.opens_request,
            0 if entry.certain else -1 if entry.outcome in CORRECTIONS else 1,
            at_home,
            entry.answered and not at_home,
        )

    def too_small(self, at_ms: int, nano: int) -> BudgetWindow | None:
        """The window with the least left, where the sum does not fit into all of them."""
        if nano <= 0:
            return None
        day = self.day(at_ms)
        today, month = self._of(day)
        day_nano, month_nano = self._limits(day)
        if _fits(day_nano, today, nano) and _fits(month_nano, month, nano):
            return None
        return min(self.budget(at_ms).windows, key=lambda window: window.left_nano)

    def budget(self, at_ms: int) -> Budget:
        """Every window that has a limit, at that moment."""
        limits = self.limits
        if limits.day_nano is None and limits.month_nano is None:
            return Budget()
        day = self.day(at_ms)
        (today, month), (day_nano, month_nano) = self._of(day), self._limits(day)
        day_ends_ms, month_ends_ms = self._calendar.ends_ms(at_ms)
        windows: tuple[BudgetWindow, ...] = ()
        if day_nano is not None:
            windows = (_window("day", day_nano, today, day_ends_ms),)
        if month_nano is not None:
            windows = (*windows, _window("month", month_nano, month, month_ends_ms))
        return Budget(windows=windows)

    def view(self, at_ms: int) -> SpendView:
        """What was spent, for people."""
        today, _ = self._of(self.day(at_ms))
        return SpendView(
            windows=self._windows(at_ms),
            requests_today=today.requests,
            local_today=today.at_home,
            cloud_today=today.cloud,
            unknown_today=today.estimates,
        )

    def _windows(self, at_ms: int) -> tuple[WindowView, WindowView]:
        day, (day_ends_ms, month_ends_ms) = self.day(at_ms), self._calendar.ends_ms(at_ms)
        today, month = self._of(day)
        day_nano, month_nano = self._limits(day)
        return (
            WindowView("day", day_nano, today.spent, today.reserved, day_ends_ms),
            WindowView("month", month_nano, month.spent, month.reserved, month_ends_ms),
        )

    def _limits(self, day: int) -> tuple[int | None, int | None]:
        """Of that day and its month, with what they were raised by."""
        day_nano, month_nano = self.limits.day_nano, self.limits.month_nano
        if not self._raises:
            return day_nano, month_nano
        if day_nano is not None:
            day_nano += self._raises.of("day", "all", "", day)
        if month_nano is not None:
            month_nano += self._raises.of("month", "all", "", month_of(day))
        return day_nano, month_nano

    def _of(self, day: int) -> tuple[Total, Total]:
        pair = self._by_day.get(day)
        if pair is None:
            month = self._months.setdefault(month_of(day), Total())
            pair = self._by_day[day] = (Total(), month)
        return pair
