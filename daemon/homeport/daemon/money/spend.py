"""Spend by group, over whole local days, from the sums that are kept.

An attempt counts in the day of its reservation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

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
_TOLD = [SUMS.index(name) for name in SUMS if name not in ("attempts", "answered", "estimates")]


def totals_since(db: sqlite3.Connection, since: int) -> Iterator[DayTotal]:
    """What each day from one on comes to."""
    days: dict[int, Sums] = {}
    for day, place, sums in by_period(db, "place", since):
        answered = sums[_ANSWERED]
        at_home, cloud = (0, answered) if place == "cloud" else (answered, 0)
        add_to(days, day, (sums[COST], sums[REQUESTS], sums[_ESTIMATES], at_home, cloud))
    return ((day, *sums) for day, sums in days.items())  # type: ignore[misc]


def report(db: sqlite3.Connection, by: SpendGroup, since: int) -> tuple[SpendRow, ...]:
    """Spend by group from a day on: days in their order, all others dearest first.

    By model, provider and place every attempt counts; otherwise every request
    counts once. A request with several tags counts under each of them. Of many
    groups the dearest `MOST_GROUPS` are told.
    """
    if by in ("day", "week", "month"):
        return tuple(_row(name, sums, REQUESTS) for name, sums in _periods(db, by, since).items())
    counted = ATTEMPTS if by in ("model", "provider", "place") else REQUESTS
    if by == "session":
        groups: Iterable[tuple[str, Sums]] = session_sums.dearest(db, since, MOST_GROUPS)
    else:
        groups = from_day_on(db, cast("Kind", by), since).items()
    ordered = sorted(groups, key=lambda one: (-one[1][COST], -one[1][counted], one[0]))
    return tuple(_row(name, sums, counted) for name, sums in ordered[:MOST_GROUPS])


def _periods(db: sqlite3.Connection, by: str, since: int) -> dict[str, Sums]:
    """The sums of each period, in order."""
    found: dict[str, Sums] = {}
    for day, _, sums in by_period(db, "all", since):
        add_to(found, _PERIODS[by](day), sums)
    return found


def _row(name: str, sums: Sums, counted: int) -> SpendRow:
    _, input_tokens, output_tokens, cost, estimated, energy_mj, energy, guessed = [
        sums[index] for index in _TOLD
    ]
    return SpendRow(
        group=name,
        requests=sums[counted],
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_nano=cost,
        estimated_nano=estimated,
        energy_mj=energy_mj,
        energy_nano=energy,
        energy_guessed_nano=guessed,
    )


_PERIODS: Mapping[str, Callable[[int], str]] = {
    "day": day_text,
    "week": lambda day: day_text(week_of(day)),
    "month": lambda day: day_text(day)[:7],
}
"""How a row of each period is named: a week by its Monday."""
