"""Sums of what was spent, kept by day so that asking stays fast over years.

Three tables are kept in step with every entry, in its own transaction: `spend`
by day, model, provider, place, client and tags; `session_spend` by day and
session; `task_spend` by day, task and policy. An attempt counts in the day of its reservation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Any, cast

from homeport.client.wire import SpendGroup, SpendRow
from homeport.daemon.money.entries import Entry, tags_of, tags_text
from homeport.daemon.money.scopes import SpentBefore
from homeport.daemon.money.windows import day_text, week_of

MOST_GROUPS = 1000

_ADD = """
    attempts = attempts + excluded.attempts,
    requests = requests + excluded.requests,
    input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost_nano = cost_nano + excluded.cost_nano,
    estimated_nano = estimated_nano + excluded.estimated_nano,
    energy_mj = energy_mj + excluded.energy_mj,
    energy_nano = energy_nano + excluded.energy_nano,
    energy_guessed_nano = energy_guessed_nano + excluded.energy_guessed_nano
"""
_ADD_SPEND = f"""
INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    answered = answered + excluded.answered, estimates = estimates + excluded.estimates, {_ADD}
"""  # noqa: S608
_ADD_SESSION = f"""
INSERT INTO session_spend VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {_ADD}
"""  # noqa: S608

_ADD_TASK = f"""
INSERT INTO task_spend VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {_ADD}
"""  # noqa: S608

_TOTALS = """
SELECT day, sum(cost_nano), sum(requests), sum(estimates),
    sum(CASE WHEN place != 'cloud' THEN answered ELSE 0 END),
    sum(CASE WHEN place = 'cloud' THEN answered ELSE 0 END)
FROM spend WHERE day >= ? GROUP BY day
"""

_BY_LABELS = """
SELECT day, '', model, provider, client, tags, sum(cost_nano) FROM spend
WHERE day >= ? GROUP BY day, model, provider, client, tags HAVING sum(cost_nano) != 0
"""
_BY_SESSION = """
SELECT 0, session, '', '', client, tags, sum(cost_nano) FROM entry
WHERE session != '' AND cost_nano != 0 GROUP BY session, client, tags
"""

_ENERGY_SUMS = "sum(energy_mj), sum(energy_nano), sum(energy_guessed_nano)"
_ENERGY = """ifnull(sum(energy_mj), 0), ifnull(sum(energy_nano), 0),
    ifnull(sum(CASE WHEN energy_certain THEN 0 ELSE energy_nano END), 0)"""
_REBUILD = f"""
INSERT INTO spend SELECT day, model, provider, place, client, tags,
    sum(outcome = 'done'), sum(NOT certain), count(*), sum(opens_request),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)),
    sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END), {_ENERGY}
FROM entry WHERE day = ? GROUP BY day, model, provider, place, client, tags
"""  # noqa: S608
_REBUILD_TASKS = f"""
INSERT INTO task_spend SELECT day, task, policy, count(*), sum(opens_request),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)),
    sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END), {_ENERGY}
FROM entry WHERE day = ? GROUP BY day, task, policy
"""  # noqa: S608
_REBUILD_SESSIONS = f"""
INSERT INTO session_spend SELECT day, session, count(*), sum(opens_request),
    sum(ifnull(input_tokens, 0)), sum(ifnull(output_tokens, 0)),
    sum(cost_nano), sum(CASE WHEN certain THEN 0 ELSE cost_nano END), {_ENERGY}
FROM entry WHERE day = ? AND session != '' GROUP BY day, session
"""  # noqa: S608

Sums = tuple[int, int, int, int, int, int, int, int]
"""Count, input tokens, output tokens, cost, the estimated part of it; millijoules at home, their
price, the estimated part of that."""


def add_entries(db: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Count entries that were just written down."""
    by_group: dict[tuple[object, ...], list[int]] = {}
    by_session: dict[tuple[object, ...], list[int]] = {}
    by_task: dict[tuple[object, ...], list[int]] = {}
    for of in entries:
        group = (of.day, of.model, of.provider, of.place, of.client, tags_text(of.tags))
        counts = (
            *(int(of.answered), int(not of.certain), 1, int(of.opens_request)),
            *(of.usage.input or 0, of.usage.output or 0),
            *(of.cost_nano, 0 if of.certain else of.cost_nano),
            *(of.energy_mj or 0, of.energy_nano or 0),
            0 if of.energy_certain else of.energy_nano or 0,
        )
        _add(by_group, group, counts)
        _add(by_task, (of.day, of.task, of.policy), counts[2:])
        if of.session:
            _add(by_session, (of.day, of.session), counts[2:])
    for key, sums in by_group.items():
        db.execute(_ADD_SPEND, (*key, *sums))
    for key, sums in by_session.items():
        db.execute(_ADD_SESSION, (*key, *sums))
    for key, sums in by_task.items():
        db.execute(_ADD_TASK, (*key, *sums))


def _add(
    sums: dict[tuple[object, ...], list[int]], key: tuple[object, ...], counts: Sequence[int]
) -> None:
    there = sums.get(key)
    sums[key] = list(counts) if there is None else [*map(add, there, counts)]


def totals_since(db: sqlite3.Connection, day: int) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Rows of (day, cost, requests, estimates, answered at home, answered in the cloud)."""
    return db.execute(_TOTALS, (day,))


def by_labels(db: sqlite3.Connection, since: int) -> list[SpentBefore]:
    """The sums of days by all that a limit can name."""
    return [_before(row) for row in db.execute(_BY_LABELS, (since,))]


def by_session(db: sqlite3.Connection) -> list[SpentBefore]:
    """The sums of every session there was."""
    return [_before(row) for row in db.execute(_BY_SESSION)]


def _before(row: tuple[Any, ...]) -> SpentBefore:
    day, session, model, provider, client, tags, cost = row
    return SpentBefore(
        day=day,
        session=session,
        model=model,
        provider=provider,
        client=client,
        tags=tags_of(tags),
        cost_nano=cost,
    )


def days_out_of_step(db: sqlite3.Connection, since: int) -> list[int]:
    """Days on which the sums and the entries disagree. Empty, unless the file was tampered with."""
    entries = db.execute(
        "SELECT day, count(*), sum(cost_nano) FROM entry WHERE day >= ? GROUP BY day", (since,)
    )
    sums = db.execute(
        "SELECT day, sum(attempts), sum(cost_nano) FROM spend WHERE day >= ? GROUP BY day", (since,)
    )
    return sorted({row[0] for row in set(entries) ^ set(sums)})


def rebuild(db: sqlite3.Connection, days: Iterable[int]) -> None:
    """Sum these days again from their entries."""
    for day in days:
        db.execute("DELETE FROM spend WHERE day = ?", (day,))
        db.execute("DELETE FROM session_spend WHERE day = ?", (day,))
        db.execute("DELETE FROM task_spend WHERE day = ?", (day,))
        db.execute(_REBUILD, (day,))
        db.execute(_REBUILD_SESSIONS, (day,))
        db.execute(_REBUILD_TASKS, (day,))


def report(db: sqlite3.Connection, by: SpendGroup, since: int) -> tuple[SpendRow, ...]:
    """Spend by group from a day on: days in their order, all others dearest first.

    By model, provider and place every attempt counts; otherwise every request
    counts once. A request with several tags counts under each of them. Of many
    groups the dearest `MOST_GROUPS` are told.
    """
    if by in _PERIODS:
        days = _grouped(db, "day", since, "ORDER BY day")
        periods = _summed((_PERIODS[by](int(day)), sums) for day, sums in days)
        return tuple(_row(name, sums) for name, sums in periods.items())
    if by == "tag":
        rows_of_tags = _grouped(db, by, since, "")
        tags = _summed((tag, sums) for tags, sums in rows_of_tags for tag in tags_of(tags)).items()
        ordered = sorted(tags, key=lambda tag: (-tag[1][3], -tag[1][0], tag[0]))[:MOST_GROUPS]
        return tuple(_row(tag, sums) for tag, sums in ordered)
    dearest = f"ORDER BY 5 DESC, 2 DESC, 1 LIMIT {MOST_GROUPS}"
    return tuple(_row(name, sums) for name, sums in _grouped(db, by, since, dearest))


def _row(name: str, sums: Sums) -> SpendRow:
    count, input_tokens, output_tokens, cost, estimated, energy_mj, energy, guessed = sums
    return SpendRow(
        group=name,
        requests=count,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_nano=cost,
        estimated_nano=estimated,
        energy_mj=energy_mj,
        energy_nano=energy,
        energy_guessed_nano=guessed,
    )


def _grouped(db: sqlite3.Connection, by: str, since: int, order: str) -> Iterator[tuple[str, Sums]]:
    column = {"tag": "tags"}.get(by, by)
    counted = "attempts" if by in ("model", "provider", "place") else "requests"
    table = _TABLES.get(by, "spend")
    rows = db.execute(
        f"SELECT {column}, sum({counted}), sum(input_tokens), sum(output_tokens), "  # noqa: S608
        f"sum(cost_nano), sum(estimated_nano), {_ENERGY_SUMS} FROM {table} "
        f"WHERE day >= ? GROUP BY {column} {order}",
        (since,),
    )
    return ((row[0], row[1:]) for row in rows)


def _summed(named: Iterable[tuple[str, Sums]]) -> dict[str, Sums]:
    """The sums of each name, in the order they come."""
    groups: dict[str, Sums] = {}
    for name, sums in named:
        there = groups.get(name)
        groups[name] = sums if there is None else cast("Sums", tuple(map(add, there, sums)))
    return groups


_TABLES = {"session": "session_spend", "task": "task_spend", "policy": "task_spend"}
_PERIODS: Mapping[str, Callable[[int], str]] = {
    "day": day_text,
    "week": lambda day: day_text(week_of(day)),
    "month": lambda day: day_text(day)[:7],
}
"""How a row of each period is named: a week by its Monday."""
