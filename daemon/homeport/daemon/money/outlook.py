"""What the books say beyond sums: where the month will end, and which requests were dearest."""

from __future__ import annotations

import datetime
import sqlite3
from bisect import insort

from homeport.client.wire import DearRequest, ProjectionView
from homeport.daemon.money import request_sums
from homeport.daemon.money.kept_sums import COST, ESTIMATES, TRIED, by_period
from homeport.daemon.money.windows import day_of, day_text, month_ends_ms, month_of

DAY_MS = 86_400_000
LOOKED_BACK = 14
"""Whole days whose mean is taken for a day to come."""
DEAREST = 10

_REQUEST = f"""
SELECT min(at_ms), max(CASE WHEN outcome = 'done' THEN model ELSE '' END), max(client),
    max(task), {TRIED}, sum(cost_nano), {ESTIMATES} <= 0
FROM entry WHERE request = ? AND day >= ?
"""  # noqa: S608 - names of outcomes
_FIRST = "SELECT min(day) FROM entry"


def dearest(db: sqlite3.Connection, since: int) -> tuple[DearRequest, ...]:
    """The requests that cost most, with all of their attempts; ids are those of `homeport why`.

    Those of several entries are found by their sums, the others by their one entry: whatever was
    not looked at costs no more than the next entry.
    """
    days = [day for day, _, _ in by_period(db, "all", since)]
    names = request_sums.may_be_dearest(db, days, since, DEAREST)
    found = {name: _request(db, name, since) for name in names}
    costs = sorted(one.cost_nano for one in found.values())
    for cost, name in request_sums.dearest_entries(db, days):
        if len(costs) >= DEAREST and cost <= costs[-DEAREST]:
            break
        if name not in found:
            found[name] = _request(db, name, since)
            insort(costs, found[name].cost_nano)
    paid = [one for one in found.values() if one.cost_nano > 0]
    return tuple(sorted(paid, key=lambda one: (-one.cost_nano, one.id))[:DEAREST])


def _request(db: sqlite3.Connection, request: str, since: int) -> DearRequest:
    row = db.execute(_REQUEST, (request, since)).fetchone()
    at_ms, model, client, task, attempts, cost, certain = row
    return DearRequest(
        id=request,
        at_ms=at_ms,
        model=model,
        client=client,
        task=task,
        attempts=attempts,
        cost_nano=cost,
        certain=bool(certain),
    )


def projection(db: sqlite3.Connection, now_ms: int) -> ProjectionView:
    """What the month will have cost: spent so far, and the mean of the last days for the rest."""
    today = day_of(now_ms)
    month = month_of(today)
    spent = _spent(db, month * 100, month * 100 + 99)
    days = min(LOOKED_BACK, _whole_days(db, today))
    name = day_text(month * 100)[:7]
    if not days:
        method = "No whole day is known yet, so nothing is projected."
        return ProjectionView(name, spent, None, 0, method)
    mean = _spent(db, _days_before(today, days), _days_before(today, 1)) // days
    left_ms = month_ends_ms(now_ms) - now_ms
    whole = "day" if days == 1 else f"{days} whole days"
    method = (
        f"Spent so far, and for each of the {left_ms / DAY_MS:.1f} days left the mean of the "
        f"last {whole}."
    )
    return ProjectionView(name, spent, spent + mean * left_ms // DAY_MS, mean, method)


def _spent(db: sqlite3.Connection, first: int, last: int) -> int:
    return sum(sums[COST] for _, _, sums in by_period(db, "all", first, last))


def _whole_days(db: sqlite3.Connection, today: int) -> int:
    """Days before today since the first entry."""
    first = db.execute(_FIRST).fetchone()[0]
    return 0 if first is None else max(0, (_date(today) - _date(first)).days)


def _days_before(day: int, days: int) -> int:
    date = _date(day) - datetime.timedelta(days=days)
    return date.year * 10_000 + date.month * 100 + date.day


def _date(day: int) -> datetime.date:
    return datetime.date(day // 10_000, day // 100 % 100, day % 100)
