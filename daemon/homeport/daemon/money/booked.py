"""What was booked at one provider by UTC day, as its own exports count."""

from __future__ import annotations

import datetime
import sqlite3

from homeport.client.wire import BookedDay

DAY_MS = 86_400_000

_BOOKED = """
SELECT at_ms / 86400000, sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)), count(*)
FROM entry WHERE provider = ? AND at_ms >= ? AND at_ms < ? GROUP BY 1 ORDER BY 1
"""
_EPOCH = datetime.date(1970, 1, 1)


def booked(
    db: sqlite3.Connection, provider: str, since: datetime.date, until: datetime.date
) -> tuple[BookedDay, ...]:
    """The days from one to another, both with it; attempts count on the day they began."""
    first, last = _number(since), _number(until)
    rows = db.execute(_BOOKED, (provider, first * DAY_MS, (last + 1) * DAY_MS))
    return tuple(BookedDay(_name(day), *sums) for day, *sums in rows)


def _number(date: datetime.date) -> int:
    return (date - _EPOCH).days


def _name(number: int) -> str:
    return (_EPOCH + datetime.timedelta(days=number)).isoformat()
