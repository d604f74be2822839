"""What was booked at one provider by UTC day, as its own exports count; and for one request."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Sequence

from homeport.client.wire import BookedDay

DAY_MS = 86_400_000
AT_ONCE = 500
"""Requests that are looked for together."""

_BOOKED = """
SELECT at_ms / 86400000, sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)), count(*)
FROM entry WHERE day BETWEEN ? AND ? AND provider = ? AND at_ms >= ? AND at_ms < ?
GROUP BY 1 ORDER BY 1
"""
ONE_DAY = datetime.timedelta(days=1)
EARLIEST, LATEST = datetime.date.min + ONE_DAY, datetime.date.max - ONE_DAY
_EPOCH = datetime.date(1970, 1, 1)


def booked(
    db: sqlite3.Connection, provider: str, since: datetime.date, until: datetime.date
) -> tuple[BookedDay, ...]:
    """The days from one to another, both with it; attempts count on the day they began."""
    first, last = _number(since), _number(until)
    # A UTC day lies within the local day of its number and those beside it; these have an index.
    before, after = max(since, EARLIEST) - ONE_DAY, min(until, LATEST) + ONE_DAY
    local = _local(before), _local(after)
    rows = db.execute(_BOOKED, (*local, provider, first * DAY_MS, (last + 1) * DAY_MS))
    return tuple(BookedDay(_name(day), *sums) for day, *sums in rows)


def booked_for(db: sqlite3.Connection, requests: Sequence[str]) -> dict[str, int]:
    """Nano-dollars over all attempts of each request that has any."""
    found: dict[str, int] = {}
    for start in range(0, len(requests), AT_ONCE):
        some = requests[start : start + AT_ONCE]
        places = ", ".join("?" * len(some))
        query = f"SELECT request, sum(cost_nano) FROM entry WHERE request IN ({places}) GROUP BY 1"  # noqa: S608 - places alone
        found.update(db.execute(query, some))
    return found


def _local(date: datetime.date) -> int:
    return date.year * 10_000 + date.month * 100 + date.day


def _number(date: datetime.date) -> int:
    return (date - _EPOCH).days


def _name(number: int) -> str:
    return (_EPOCH + datetime.timedelta(days=number)).isoformat()
