"""Sums of requests that have several entries with a cost, by which the dearest are found.

A request with one such entry costs what that entry does, and the index of each day knows the
dearest entries. The others are summed here, as they come into the sums that are kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from heapq import merge
from itertools import islice

from homeport.daemon.money.kept_sums import LAST, folded

PART = "requests"
_SEVERAL = """
SELECT DISTINCT request FROM entry AS one NOT INDEXED
WHERE n > :after AND n <= :upto AND day >= :since AND cost_nano != 0 AND EXISTS (
    SELECT 1 FROM entry AS other
    WHERE other.request = one.request AND other.n != one.n AND other.n <= :upto
        AND other.cost_nano != 0
)
"""
_KEEP = f"""
INSERT OR REPLACE INTO request_sum
SELECT request, min(day), max(day), sum(cost_nano) FROM entry
WHERE request IN ({_SEVERAL}) AND n <= :upto AND cost_nano != 0 GROUP BY request
"""  # noqa: S608
_DEAREST_OF_A_DAY = """
SELECT -cost_nano, request FROM request_sum WHERE first_day = ? ORDER BY cost_nano DESC LIMIT ?
"""
_BEGUN_BEFORE = """
SELECT request FROM request_sum WHERE last_day >= ?1 AND first_day < ?1 AND last_day > first_day
"""
_ENTRIES_OF_A_DAY = """
SELECT -cost_nano, request FROM entry WHERE day = ? AND cost_nano > 0 ORDER BY cost_nano DESC
"""


def keep(db: sqlite3.Connection, after: int, upto: int) -> None:
    """Sum the requests that have several with the entries behind one up to another."""
    db.execute(_KEEP, {"after": after, "upto": upto, "since": 0})


def may_be_dearest(
    db: sqlite3.Connection, days: list[int], since: int, most: int
) -> dict[str, None]:
    """Of the requests with several entries, as many as may be among the dearest from a day on, and
    few more; `days` are all from that one."""
    values = {"after": folded(db, PART), "upto": LAST, "since": since}
    lately = [request for (request,) in db.execute(_SEVERAL, values)]
    # What is kept of these is not their sum any more, and may take the place of another.
    most += len(lately)
    rows = merge(*[db.execute(_DEAREST_OF_A_DAY, (day, most)) for day in days])
    dearest = [request for _, request in islice(rows, most)]
    before = [request for (request,) in db.execute(_BEGUN_BEFORE, (since,))]
    return dict.fromkeys([*lately, *dearest, *before])


def dearest_entries(db: sqlite3.Connection, days: list[int]) -> Iterator[tuple[int, str]]:
    """Cost and request of each entry of these days that costs something, the dearest first."""
    rows = merge(*[db.execute(_ENTRIES_OF_A_DAY, (day,)) for day in days])
    return ((-cost, request) for cost, request in rows)
