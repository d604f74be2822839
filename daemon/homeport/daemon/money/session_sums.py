"""Sums of sessions: of each by day, client and tags, and of each as a whole.

What a session limit is checked against, and which sessions were dearest. A session belongs to
the days from its first to its last: most have one. Those that began before a report begins are
summed by their days; of the others the index of each day knows the dearest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import islice

from homeport.daemon.money.entries import tags_of
from homeport.daemon.money.kept_sums import (
    ADDED,
    COST,
    LAST,
    OF_ENTRIES,
    REQUESTS,
    SUMS,
    Sums,
    add_to,
    by_period,
    folded,
)

PART = "turns"
_NAMES = ", ".join(SUMS)
_SUMMED = ", ".join(f"sum({name})" for name in SUMS)
_GROUPS = f"""
SELECT session, day, client, tags, {OF_ENTRIES} FROM entry NOT INDEXED
WHERE n > ? AND n <= ? AND session != '' AND day >= ? GROUP BY 1, 2, 3, 4
"""  # noqa: S608
_ADD_PART = f"""
INSERT INTO session_sum VALUES ({", ".join("?" * (4 + len(SUMS)))})
ON CONFLICT DO UPDATE SET {ADDED}
"""  # noqa: S608
_ADD_WHOLE = f"""
INSERT INTO session VALUES ({", ".join("?" * (3 + len(SUMS)))}) ON CONFLICT DO UPDATE SET
    first_day = min(first_day, excluded.first_day), last_day = max(last_day, excluded.last_day),
    {ADDED}
"""  # noqa: S608
_DEAREST_OF_A_DAY = f"""
SELECT -cost_nano, -requests, session, {_NAMES} FROM session
WHERE first_day = ? ORDER BY cost_nano DESC, requests DESC, session LIMIT ?
"""  # noqa: S608
_BEGUN_BEFORE = f"""
SELECT session, {_SUMMED} FROM session_sum WHERE day >= ?1 AND session IN (
    SELECT session FROM session INDEXED BY session_by_end
    WHERE last_day >= ?1 AND first_day < ?1 AND last_day > first_day
) GROUP BY session
"""  # noqa: S608
_SINCE = f"""
SELECT session, {_SUMMED} FROM session_sum WHERE day >= ? AND session IN (%s) GROUP BY session
"""  # noqa: S608
_SPENT = "SELECT client, tags, cost_nano FROM session_sum WHERE session = ?"
_SPENT_LATELY = """
SELECT client, tags, cost_nano FROM entry NOT INDEXED WHERE n > ? AND session = ?
"""
AT_ONCE = 500
"""Sessions that are looked for together."""


def keep(db: sqlite3.Connection, after: int, upto: int) -> None:
    """Add the entries behind one up to another to the sums of their sessions."""
    rows = db.execute(_GROUPS, (after, upto, 0)).fetchall()
    wholes: dict[str, Sums] = {}
    days: dict[str, list[int]] = {}
    for session, day, _, _, *sums in rows:
        add_to(wholes, session, tuple(sums))
        days.setdefault(session, []).append(day)
    db.executemany(_ADD_PART, rows)
    whole = [(of, min(days[of]), max(days[of]), *sums) for of, sums in wholes.items()]
    db.executemany(_ADD_WHOLE, whole)


def dearest(db: sqlite3.Connection, since: int, most: int) -> list[tuple[str, Sums]]:
    """The sessions that cost most from a day on, with what they cost since."""
    lately: dict[str, Sums] = {}
    for session, _, _, _, *sums in db.execute(_GROUPS, (folded(db, PART), LAST, since)):
        add_to(lately, session, tuple(sums))
    found = _begun_since(db, since, most)
    found |= {session: tuple(sums) for session, *sums in db.execute(_BEGUN_BEFORE, (since,))}
    found |= _of(db, [name for name in lately if name not in found], since)
    for session, more in lately.items():
        add_to(found, session, more)
    return sorted(found.items(), key=lambda one: (-one[1][COST], -one[1][REQUESTS], one[0]))[:most]


def _begun_since(db: sqlite3.Connection, since: int, most: int) -> dict[str, Sums]:
    """The dearest of those whose first day is this or later."""
    days = [day for day, _, _ in by_period(db, "all", since)]
    rows = merge(*[db.execute(_DEAREST_OF_A_DAY, (day, most)) for day in days])
    return {session: tuple(sums) for _, _, session, *sums in islice(rows, most)}


def _of(db: sqlite3.Connection, names: Sequence[str], since: int) -> dict[str, Sums]:
    """What was summed of these sessions from a day on."""
    found: dict[str, Sums] = {}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        rows = db.execute(_SINCE % ", ".join("?" * len(some)), (since, *some))
        found.update({session: tuple(sums) for session, *sums in rows})
    return found


def spent_in(db: sqlite3.Connection, session: str) -> list[tuple[str, tuple[str, ...], int]]:
    """What was spent in a session, by client and tags."""
    rows: Iterable[tuple[str, str, int]] = [
        *db.execute(_SPENT, (session,)),
        *db.execute(_SPENT_LATELY, (folded(db, PART), session)),
    ]
    return [(client, tags_of(tags), cost) for client, tags, cost in rows]
