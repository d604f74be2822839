"""Spend by group, over whole local days, from the sums that are kept.

An attempt counts in the day of its reservation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import sub
from typing import NamedTuple, cast

from homeport.client.wire import SpendGroup, SpendRow
from homeport.daemon.money import session_sums
from homeport.daemon.money.kept_sums import (
    ATTEMPTS,
    COST,
    REQUESTS,
    SUMS,
    Kind,
    Sums,
    add_to,
    by_period,
    from_day_on,
)
from homeport.daemon.money.windows import day_text, week_of

MOST_GROUPS = 1000

DayTotal = tuple[int, int, int, int, int, int]
"""Day, cost, requests, estimates, answered at home, answered in the cloud."""
_ESTIMATES, _ANSWERED = SUMS.index("estimates"), SUMS.index("answered")
_TOLD = {name: SUMS.index(name) for name in SUMS if name not in ("answered", "estimates")}
NOTHING: Sums = (0,) * len(SUMS)
BY_ATTEMPT = ("model", "provider", "place")
"""Groups of which a request may have several, an attempt one."""


def totals_since(db: sqlite3.Connection, since: int) -> Iterator[DayTotal]:
    """What each day from one on comes to."""
    days: dict[int, Sums] = {}
    for day, place, sums in by_period(db, "place", since):
        answered = sums[_ANSWERED]
        at_home, cloud = (0, answered) if place == "cloud" else (answered, 0)
        add_to(days, day, (sums[COST], sums[REQUESTS], sums[_ESTIMATES], at_home, cloud))
    return ((day, *sums) for day, sums in days.items())  # type: ignore[misc]


class Spent(NamedTuple):
    """What was spent, by group."""

    rows: tuple[SpendRow, ...]
    total: SpendRow
    rest: SpendRow | None


def report(db: sqlite3.Connection, by: SpendGroup, since: int) -> Spent:
    """Spend by group from a day on: days in their order, all others dearest first.

    A request with several tags counts under each of them, and one without any under none; of
    every other grouping the rows add up to the total. Of many groups the dearest `MOST_GROUPS`
    are told, and the rest as one.
    """
    total = from_day_on(db, "all", since).get("", NOTHING)
    if by in ("day", "week", "month"):
        rows = tuple(_row(name, sums) for name, sums in _periods(db, by, since).items())
        return Spent(rows, _row("", total), None)
    groups = _groups(db, by, since, total)
    counted = ATTEMPTS if by in BY_ATTEMPT else REQUESTS
    ordered = sorted(groups, key=lambda one: (-one[1][COST], -one[1][counted], one[0]))
    told, is_cut = ordered[:MOST_GROUPS], len(ordered) > MOST_GROUPS and by != "tag"
    rest = _row("", _less(total, told)) if is_cut else None
    return Spent(tuple(_row(name, sums) for name, sums in told), _row("", total), rest)


def _groups(
    db: sqlite3.Connection, by: SpendGroup, since: int, total: Sums
) -> list[tuple[str, Sums]]:
    """The sums of each; of sessions one more than are told, to know whether there are."""
    if by != "session":
        return [*from_day_on(db, cast("Kind", by), since).items()]
    sessions = session_sums.dearest(db, since, MOST_GROUPS + 1)
    outside = _less(total, sessions)
    # Of more sessions than are told it is not known what was spent outside of any.
    is_whole = len(sessions) <= MOST_GROUPS and any(outside)
    return [*sessions, ("", outside)] if is_whole else sessions


def _less(total: Sums, groups: Iterable[tuple[str, Sums]]) -> Sums:
    told = zip(NOTHING, *[sums for _, sums in groups], strict=True)
    return tuple(map(sub, total, map(sum, told)))


def _periods(db: sqlite3.Connection, by: str, since: int) -> dict[str, Sums]:
    """The sums of each period, in order."""
    found: dict[str, Sums] = {}
    for day, _, sums in by_period(db, "all", since):
        add_to(found, _PERIODS[by](day), sums)
    return found


def _row(name: str, sums: Sums) -> SpendRow:
    return SpendRow(name, **{told: sums[index] for told, index in _TOLD.items()})


_PERIODS: Mapping[str, Callable[[int], str]] = {
    "day": day_text,
    "week": lambda day: day_text(week_of(day)),
    "month": lambda day: day_text(day)[:7],
}
"""How a row of each period is named: a week by its Monday."""
