"""How requests went, by model, task or strategy: counted from sums and from the log of decisions.

Counts are those of all requests from the hour on that a report begins in. Times are those of
the newest `TIMED` of them, and what people made of answers is what the newest `JUDGED` said; a
report says how many times were looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from homeport.client.wire import CachedSum, StatRow, StatsReport
from homeport.daemon.storage import decision_sums
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_sums import HOUR_MS, Counts, Key, Went, read_view

StatsBy = Literal["model", "task", "strategy"]
TIMED = 1_000
JUDGED = 1_000
SPOKEN = ("thumb", "edit", "retry")
"""What people said or did; checks and judges measure something else."""

_NEWEST = "SELECT view FROM decision WHERE at_ms >= ? ORDER BY at_ms DESC, rowid DESC LIMIT ?"
_JUDGED = f"""
SELECT o.model, o.good * o.weight, o.weight, d.view FROM outcomes o
JOIN decision d ON d.id = o.decision AND d.at_ms >= ?
WHERE o.at_ms >= ? AND o.weight > 0 AND o.source IN ({", ".join("?" * len(SPOKEN))})
ORDER BY o.n DESC LIMIT ?
"""  # noqa: S608


class _Group:
    """The requests of one group."""

    def __init__(self) -> None:
        self.requests = self.failed = self.cost_nano = self.unknown_costs = 0
        self.cached = self.saved_nano = 0
        self.first_ms: list[int] = []
        self.total_ms: list[int] = []
        self.speeds: list[float] = []
        self.good = self.weight = 0.0

    def count(self, counts: Counts) -> None:
        requests, failed, cost, unknown, cached, saved, _ = counts
        self.requests += requests
        self.failed += failed
        self.cost_nano += cost
        self.unknown_costs += unknown
        self.cached += cached
        self.saved_nano += saved

    def judge(self, good: float, weight: float) -> None:
        self.good += good
        self.weight += weight

    def time(self, went: Went) -> None:
        """What came from the cache teaches no times."""
        if went.given_again is None and went.state == "done":
            self._time(went)

    def _time(self, went: Went) -> None:
        first, total = went.first_token_ms, went.total_ms
        if first is not None:
            self.first_ms.append(first)
        if total is not None:
            self.total_ms.append(total)
            if first is not None and total > first and went.output_tokens:
                self.speeds.append(went.output_tokens * 1e3 / (total - first))

    def row(self, name: str) -> StatRow:
        return StatRow(
            group=name,
            requests=self.requests,
            failed=self.failed,
            first_token_ms=percentile(self.first_ms, 50),
            p50_ms=percentile(self.total_ms, 50),
            p95_ms=percentile(self.total_ms, 95),
            tokens_per_s=percentile(self.speeds, 50),
            cost_nano=self.cost_nano,
            unknown_costs=self.unknown_costs,
            satisfaction=self.good / self.weight if self.weight else None,
            cached=self.cached,
            saved_nano=self.saved_nano,
        )


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The least value that so many per cent of them do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


Group = Callable[[Key], tuple[str, ...]]
"""What is one row, of model, task and strategy."""
GROUPS: Mapping[StatsBy, Group] = {
    "model": lambda key: (key[0],),
    "task": lambda key: (key[1],),
    "strategy": lambda key: (key[2],),
}


class Figures:
    """Reads the log."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def report(self, by: StatsBy, since_ms: int) -> StatsReport:
        """The groups with the most requests first."""
        await self._db.flush()
        rows, timed = await self._db.read(partial(counted, since_ms=since_ms, group=GROUPS[by]))
        ordered = sorted(rows.items(), key=lambda row: (-row[1].requests, row[0]))
        named = tuple(group.row(key[0]) for key, group in ordered)
        return StatsReport(by=by, since_ms=since_ms, read=timed, rows=named)

    async def cached(self, since_ms: int) -> CachedSum | None:
        """What came from the cache of answers; None where nothing did."""
        await self._db.flush()
        return await self._db.read(partial(given_again, since_ms=since_ms))

    async def each(self, since_ms: int) -> list[tuple[tuple[str, ...], StatRow]]:
        """By model, task and strategy together."""
        await self._db.flush()
        rows, _ = await self._db.read(partial(counted, since_ms=since_ms, group=tuple))
        return [(key, group.row("")) for key, group in sorted(rows.items())]


def given_again(db: sqlite3.Connection, since_ms: int) -> CachedSum | None:
    """What came from the cache; None where nothing did."""
    sums = [counts[-3:] for counts in decision_sums.since(db, since_ms).values()]
    answers, saved, unknown = (sum(column) for column in zip((0, 0, 0), *sums, strict=True))
    return CachedSum(answers, saved, unknown) if answers else None


def counted(
    db: sqlite3.Connection, since_ms: int, group: Group
) -> tuple[dict[tuple[str, ...], _Group], int]:
    """The groups, and how many times were looked at."""
    since_ms = max(0, since_ms) // HOUR_MS * HOUR_MS
    groups: dict[tuple[str, ...], _Group] = {}
    for key, counts in decision_sums.since(db, since_ms).items():
        groups.setdefault(group(key), _Group()).count(counts)
    views = db.execute(_NEWEST, (since_ms, TIMED)).fetchall()
    for (view,) in views:
        went = read_view(view)
        if went is not None and group(went.key) in groups:
            groups[group(went.key)].time(went)
    for model, good, weight, view in db.execute(_JUDGED, (since_ms, since_ms, *SPOKEN, JUDGED)):
        went = read_view(view)
        if went is not None and went.model == model and group(went.key) in groups:
            groups[group(went.key)].judge(good, weight)
    return groups, len(views)
