"""Sums of entries that are kept, by kind, period and name, so that asking stays fast over years.

A kind is what is summed by: a model, a client, a tag, an hour. Of each day and of each month
there is one row for every name. Entries come into them some hundreds at a time, in the order
of their numbers (`folding`); those behind the last that is in them, the tail, are added by
whoever asks: so what is told is always the sum of all entries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import add
from typing import Any, Literal, TypeVar

from homeport.daemon.money.corrections import CORRECTIONS
from homeport.daemon.money.entries import tags_of
from homeport.daemon.money.windows import month_of

Kind = Literal[
    "all", "provider", "model", "place", "client", "tag", "task", "policy", "hour", "booked"
]
Key = tuple[Kind, int, str]
"""Kind, period and name."""
Sums = tuple[int, ...]
"""In the order of `SUMS`."""
K = TypeVar("K")

SUMS = (
    *("attempts", "requests", "answered", "estimates", "input_tokens", "output_tokens"),
    *("cost_nano", "estimated_nano", "energy_mj", "energy_nano", "energy_guessed_nano"),
)
BY_DAY: tuple[Kind, ...] = (
    *("all", "provider", "model", "place", "client", "tag", "task", "policy"),
)
"""Kinds whose periods are local days, and months."""
BY_CLOCK: tuple[Kind, ...] = ("hour", "booked")
"""Kinds whose periods are counted from 1970 on: hours, and UTC days at a provider."""

_TOGETHER: tuple[tuple[tuple[str, ...], tuple[Kind, ...]], ...] = (
    (("day", "model", "provider", "place"), ("all", "model", "provider", "place")),
    (("day", "client", "tags"), ("client", "tag")),
    (("day", "task", "policy"), ("task", "policy")),
    (("at_ms / 3600000", "provider"), ("hour", "booked")),
)
"""What entries are grouped by, and the kinds that are summed from these groups: what goes
together makes few of them."""
_NAMED_BY = {"tag": "tags", "booked": "provider"}

TRIED = f"sum(outcome NOT IN {CORRECTIONS!r})"
"""Attempts among entries: what corrects a booking is none."""
ESTIMATES = f"sum(CASE WHEN certain THEN 0 WHEN outcome IN {CORRECTIONS!r} THEN -1 ELSE 1 END)"
"""Attempts of which the cost is an estimate: one that was taken back is none."""
OF_ENTRIES = f"""{TRIED}, sum(opens_request), sum(outcome = 'done'), {ESTIMATES},
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)),
    sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END),
    sum(ifnull(energy_mj, 0)), sum(ifnull(energy_nano, 0)),
    sum(CASE WHEN energy_certain THEN 0 ELSE ifnull(energy_nano, 0) END)"""
"""`SUMS` of a group of entries."""
ADDED = ", ".join(f"{name} = {name} + excluded.{name}" for name in SUMS)
_ADD = f"""
INSERT INTO total VALUES ({", ".join("?" * (3 + len(SUMS)))}) ON CONFLICT DO UPDATE SET {ADDED}
"""  # noqa: S608
_SUMMED = ", ".join(f"sum({name})" for name in SUMS)
_FROM_A_DAY_ON = f"""
SELECT name, {_SUMMED} FROM (
    SELECT * FROM total WHERE kind = :kind AND period BETWEEN :since AND :since / 100 * 100 + 99
    UNION ALL
    SELECT * FROM total WHERE kind = :kind AND period BETWEEN :since / 100 + 1 AND 999999
) GROUP BY name
"""  # noqa: S608
"""The days of the first month, and whole months: their numbers are smaller than those of days."""
_BY_PERIOD = f"""
SELECT period, name, {", ".join(SUMS)} FROM total
WHERE kind = :kind AND period BETWEEN :first AND :last AND ifnull(name = :name, 1)
ORDER BY period, name
"""  # noqa: S608
FIRST_DAY, LAST_DAY = 10_000_101, 99_991_231
LAST = 2**62
"""Above the number of any entry."""
ATTEMPTS, REQUESTS, COST = map(SUMS.index, ("attempts", "requests", "cost_nano"))
_FOLDED = "SELECT n FROM folded WHERE part = ?"


def folded(db: sqlite3.Connection, part: str) -> int:
    """The last entry that is in the sums of a part."""
    return int(db.execute(_FOLDED, (part,)).fetchone()[0])


def of_entries(
    db: sqlite3.Connection, kinds: Collection[Kind], after: int, upto: int, since: int = 0
) -> dict[Key, Sums]:
    """The sums of the entries behind one up to another; from a local day on."""
    found: dict[Key, Sums] = {}
    for columns, together in _TOGETHER:
        wanted = [kind for kind in together if kind in kinds]
        if wanted:
            rows = db.execute(_grouping(columns, tuple(wanted)), (after, upto, since))
            _add_groups(found, rows, columns, wanted)
    return found


@lru_cache(maxsize=32)
def _grouping(columns: tuple[str, ...], kinds: tuple[Kind, ...]) -> str:
    """The statement that groups entries by what these kinds need; the other columns are empty."""
    needed = {columns[0], *[_NAMED_BY.get(kind, kind) for kind in kinds]}
    selected = ", ".join(column if column in needed else "''" for column in columns)
    groups = ", ".join(map(str, range(1, len(columns) + 1)))
    # An index would put the groups in order, and have every entry looked at.
    return (
        f"SELECT {selected}, {OF_ENTRIES} FROM entry NOT INDEXED "  # noqa: S608
        f"WHERE n > ? AND n <= ? AND day >= ? GROUP BY {groups}"
    )


def _add_groups(
    found: dict[Key, Sums],
    rows: Iterable[tuple[Any, ...]],
    columns: tuple[str, ...],
    kinds: Iterable[Kind],
) -> None:
    """Sum groups of entries by these kinds."""
    for row in rows:
        sums = row[len(columns) :]
        of = dict(zip(columns, row, strict=False))
        for kind in kinds:
            period = row[0] // 24 if kind == "booked" else row[0]
            name = of.get(_NAMED_BY.get(kind, kind), "") if kind != "hour" else ""
            for one in tags_of(name) if kind == "tag" else (name,):
                add_to(found, (kind, period, one), sums)


def add_to(sums: dict[K, Sums], key: K, more: Sums) -> None:
    """Add to the sums of one key."""
    there = sums.get(key)
    sums[key] = more if there is None else tuple(map(add, there, more))


def keep(db: sqlite3.Connection, found: Mapping[Key, Sums]) -> None:
    """Add sums to those that are kept; those of days to their months too."""
    months: dict[Key, Sums] = {}
    for (kind, period, name), sums in found.items():
        if kind in BY_DAY:
            add_to(months, (kind, month_of(period), name), sums)
    rows = [(*key, *sums) for key, sums in (*found.items(), *months.items())]
    db.executemany(_ADD, rows)


def from_day_on(db: sqlite3.Connection, kind: Kind, since: int) -> dict[str, Sums]:
    """The sums of each name from a local day on."""
    values = {"kind": kind, "since": since}
    found = {name: tuple(sums) for name, *sums in db.execute(_FROM_A_DAY_ON, values)}
    for (_, _, name), sums in _tail(db, kind, since).items():
        add_to(found, name, sums)
    return found


def by_period(
    db: sqlite3.Connection, kind: Kind, first: int, last: int = LAST_DAY, name: str | None = None
) -> Iterator[tuple[int, str, Sums]]:
    """Periods and names from one period to another, both with it, in order, with their sums; of
    one name where it is given."""
    found: dict[tuple[int, str], Sums] = {}
    since = max(first, FIRST_DAY) if kind in BY_DAY else first
    values = {"kind": kind, "first": since, "last": last, "name": name}
    for period, one, *sums in db.execute(_BY_PERIOD, values):
        found[period, one] = tuple(sums)
    since = first if kind in BY_DAY else 0
    for (_, period, one), sums in _tail(db, kind, since).items():
        if first <= period <= last and name in (None, one):
            add_to(found, (period, one), sums)
    return ((*key, found[key]) for key in sorted(found))


def _tail(db: sqlite3.Connection, kind: Kind, since: int) -> dict[Key, Sums]:
    part = "days" if kind in BY_DAY else "turns"
    return of_entries(db, (kind,), folded(db, part), LAST, since)
