"""What was booked at one provider by UTC day, as its own exports count; and for one request."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Sequence

from homeport.client.wire import BookedDay
from homeport.daemon.money.kept_sums import SUMS, Sums, by_period

AT_ONCE = 500
"""Requests that are looked for together."""

_TOLD = ("cost_nano", "estimated_nano", "input_tokens", "output_tokens", "attempts")
_EPOCH = datetime.date(1970, 1, 1)


def booked(
    db: sqlite3.Connection, provider: str, since: datetime.date, until: datetime.date
) -> tuple[BookedDay, ...]:
    """The days from one to another, both with it; attempts count on the day they began."""
    days = by_period(db, "booked", day_number(since), day_number(until), provider)
    return tuple(_booked_day(day, sums) for day, _, sums in days)


def _booked_day(day: int, sums: Sums) -> BookedDay:
    of = dict(zip(SUMS, sums, strict=True))
    return BookedDay(day_name(day), *[of[name] for name in _TOLD])


def booked_for(db: sqlite3.Connection, requests: Sequence[str]) -> dict[str, int]:
    """Nano-dollars over all attempts of each request that has any."""
    found: dict[str, int] = {}
    for start in range(0, len(requests), AT_ONCE):
        some = requests[start : start + AT_ONCE]
        places = ", ".join("?" * len(some))
        query = f"SELECT request, sum(cost_nano) FROM entry WHERE request IN ({places}) GROUP BY 1"  # noqa: S608 - places alone
        found.update(db.execute(query, some))
    return found


def day_number(date: datetime.date) -> int:
    """Days since 1970."""
    return (date - _EPOCH).days


def day_name(number: int) -> str:
    """As ISO date."""
    return (_EPOCH + datetime.timedelta(days=number)).isoformat()
