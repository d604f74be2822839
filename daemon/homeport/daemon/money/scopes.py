"""Limits beside those of the day and the month: what one provider, model, client or tag may cost,
and what a week or a session may.

Owned by the ledger. Every change here is one step on the event loop, as in `totals`. An
attempt counts in the day, week and month of its reservation, whenever it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

import msgspec

from homeport.client.wire import WindowView
from homeport.daemon.money.raises import Raises
from homeport.daemon.money.windows import (
    day_ends_ms,
    day_of,
    month_ends_ms,
    period_of,
    week_ends_ms,
)
from homeport.policies.model import Ask, BudgetScope, BudgetWindow, BudgetWindowName

NANO = 10**9
ENDS = {"day": day_ends_ms, "week": week_ends_ms, "month": month_ends_ms}

Period = int | str
"""A day, a week by its Monday or a month, as numbers; or the name of a session."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent in a window by all that a scope names."""

    window: BudgetWindowName | Literal["request"]
    nano: int
    scope: BudgetScope = "all"
    name: str = ""

    def is_of(self, client: str, tags: Iterable[str]) -> bool:
        """It counts for prompts of this client with these tags; its model is another question."""
        if self.scope == "client":
            return client == self.name
        return self.scope != "tag" or self.name in tags


WINDOWS = ("request", "session", "day", "week", "month")


def limits_in(
    table: object, windows: Iterable[Any], scope: BudgetScope = "all", name: str = ""
) -> list[Limit]:
    """The limits that a table of the config sets, such as `day_usd`, for these windows."""
    set_usd = {window: getattr(table, f"{window}_usd") for window in windows}
    return [
        Limit(window=window, nano=round(usd * NANO), scope=scope, name=name)
        for window, usd in set_usd.items()
        if usd is not None
    ]


class Spender(Protocol):
    """Whatever has an attempt's labels: a reservation, an entry."""

    @property
    def model(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def session(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


Before = Sequence[tuple[Period, int]]
"""What was spent under one limit: periods and nano-dollars."""
SpentIn = Iterable[tuple[str, tuple[str, ...], int]]
"""What was spent in one session, by client and tags."""
MOST_SESSIONS = 20_000
"""Of more sessions that are known, those in which nothing is held are forgotten."""


class _Sums:
    """What is spent and reserved under one limit, by period."""

    __slots__ = ("by_period", "limit")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.by_period: dict[Period, list[int]] = {}

    def covers(self, of: Spender) -> bool:
        limit = self.limit
        if limit.window == "session" and not of.session:
            return False
        if limit.scope == "provider":
            return of.provider == limit.name
        if limit.scope == "model":
            return of.model == limit.name
        return limit.is_of(of.client, of.tags)

    def period(self, day: int, session: str) -> Period:
        """The one of a day, or of a session."""
        return session if self.limit.window == "session" else period_of(self.limit.window, day)

    def at(self, period: Period) -> tuple[int, int]:
        """Spent and reserved."""
        spent, reserved = self.by_period.get(period, (0, 0))
        return spent, reserved

    def add(self, period: Period, spent: int, reserved: int) -> None:
        sums = self.by_period.setdefault(period, [0, 0])
        sums[0] += spent
        sums[1] += reserved
        if not any(sums):
            del self.by_period[period]

    def fullest(self) -> Period:
        """The period with the most spent and reserved: of sessions, the one to be shown."""
        return max(self.by_period, key=lambda period: sum(self.by_period[period]), default="")


class Scopes:
    """The sums that these limits are checked against."""

    def __init__(self, limits: Sequence[Limit], before: Iterable[Before], raises: Raises) -> None:
        """`before` is what the database holds, limit by limit; sessions are learned one by one."""
        self._raises = raises
        self._single = [limit for limit in limits if limit.window == "request"]
        self._sums = [_Sums(limit) for limit in limits if limit.window != "request"]
        self._of_sessions = [sums for sums in self._sums if sums.limit.window == "session"]
        self._known: set[str] = set()
        """Sessions of which everything is known that was spent in them."""
        known = {id(limit): spent for limit, spent in zip(limits, before, strict=False)}
        for sums in self._sums:
            for period, nano in known.get(id(sums.limit), ()):
                sums.add(period, nano, 0)

    def knows(self, session: str) -> bool:
        """Nothing has to be read before this session can be judged."""
        return not self._of_sessions or not session or session in self._known

    def learn(self, session: str, spent: SpentIn) -> None:
        """What the database holds of a session takes the place of what was thought of it."""
        if len(self._known) >= MOST_SESSIONS:
            self._forget()
        self._known.add(session)
        rows = [*spent]
        for sums in self._of_sessions:
            before, _ = sums.at(session)
            nano = sum(cost for client, tags, cost in rows if sums.limit.is_of(client, tags))
            if nano != before:
                sums.add(session, nano - before, 0)

    def _forget(self) -> None:
        """Every session in which nothing is held."""
        self._known.clear()
        for sums in self._of_sessions:
            sums.by_period = {of: held for of, held in sums.by_period.items() if held[1]}

    def hold(self, of: Spender, day: int, nano: int) -> None:
        """Reserve; the caller has asked `too_small` in the same step. Below 0 it is let go."""
        if nano:
            for sums in self._covering(of):
                sums.add(sums.period(day, of.session), 0, nano)

    def book(self, of: Spender, day: int, cost_nano: int) -> None:
        """Count an attempt that has ended."""
        if cost_nano:
            for sums in self._covering(of):
                sums.add(sums.period(day, of.session), cost_nano, 0)

    def too_small(self, of: Spender, at_ms: int, nano: int) -> BudgetWindow | None:
        """The window with the least left, where the sum does not fit into all of them."""
        day = day_of(at_ms)
        found = [self._window(sums, day, of.session, at_ms) for sums in self._covering(of)]
        least = min(found, key=_room, default=None)
        return least if least is not None and nano > _room(least) else None

    def windows(self, ask: Ask, at_ms: int) -> Iterator[BudgetWindow]:
        """Every window that a prompt may be under, whichever model answers."""
        day = day_of(at_ms)
        for sums in self._sums:
            if sums.limit.window == "session" and not ask.session:
                continue
            if sums.limit.is_of(ask.client, ask.tags):
                yield self._window(sums, day, ask.session, at_ms)

    def views(self, at_ms: int) -> tuple[WindowView, ...]:
        """Every limit as it stands, for people: of sessions the one that has the most."""
        day = day_of(at_ms)
        single = [
            WindowView("request", limit.nano, 0, 0, 0, scope=limit.scope, name=limit.name)
            for limit in self._single
        ]
        return (*single, *[self._view(sums, day, at_ms) for sums in self._sums])

    def _covering(self, of: Spender) -> list[_Sums]:
        return [sums for sums in self._sums if sums.covers(of)]

    def _window(self, sums: _Sums, day: int, session: str, at_ms: int) -> BudgetWindow:
        limit, period = sums.limit, sums.period(day, session)
        assert limit.window != "request"  # noqa: S101 - no sums are kept of it
        spent, reserved = sums.at(period)
        return BudgetWindow(
            window=limit.window,
            limit_nano=limit.nano + self._raises.of(limit.window, limit.scope, limit.name, period),
            spent_nano=spent,
            reserved_nano=reserved,
            resets_at_ms=ends_ms(limit.window, at_ms),
            scope=limit.scope,
            name=limit.name,
        )

    def _view(self, sums: _Sums, day: int, at_ms: int) -> WindowView:
        session = str(sums.fullest()) if sums.limit.window == "session" else ""
        window = self._window(sums, day, session, at_ms)
        return WindowView(
            window.window,
            window.limit_nano,
            window.spent_nano,
            window.reserved_nano,
            window.resets_at_ms,
            scope=window.scope,
            name=window.name,
        )


def _room(window: BudgetWindow) -> int:
    """What is left; below 0 where more is taken than a lowered limit allows."""
    return window.limit_nano - window.spent_nano - window.reserved_nano


def ends_ms(window: str, at_ms: int) -> int:
    """When the window that a moment is in ends; 0 for one that does not."""
    return ENDS[window](at_ms) if window in ENDS else 0
