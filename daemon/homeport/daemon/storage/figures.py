"""How requests went, by model, task or strategy: counted from the log of decisions.

Only the newest `MOST` rows are read; a report says how many that were.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal

import msgspec

from homeport.client.wire import CachedSum, StatRow, StatsReport
from homeport.daemon.storage.database import Database

StatsBy = Literal["model", "task", "strategy"]
MOST = 50_000
SPOKEN = ("thumb", "edit", "retry")
"""What people said or did; checks and judges measure something else."""

_ROWS = """
SELECT id, view FROM decision WHERE at_ms >= ? ORDER BY at_ms DESC, rowid DESC LIMIT ?
"""
_JUDGED = f"""
SELECT decision, model, sum(good * weight), sum(weight) FROM outcomes
WHERE at_ms >= ? AND weight > 0 AND source IN ({", ".join("?" * len(SPOKEN))})
GROUP BY decision, model
"""  # noqa: S608


_GIVEN_AGAIN = """
SELECT view FROM decision WHERE at_ms >= ? AND instr(view, CAST('"saved_nano"' AS BLOB)) > 0
ORDER BY at_ms DESC LIMIT ?
"""


class Cached(msgspec.Struct, frozen=True):
    """What is counted of the cache's part in a row."""

    of: str = ""
    saved_nano: int | None = None


class Went(msgspec.Struct, frozen=True):
    """What is counted of a stored row."""

    state: str
    model: str = ""
    task: str = ""
    strategy: str = "single"
    first_token_ms: int | None = None
    total_ms: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    cache: Cached | None = None

    @property
    def given_again(self) -> Cached | None:
        """The kept answer that was given; None where it was a fresh one."""
        return self.cache if self.cache is not None and self.cache.of else None


_view = msgspec.json.Decoder(Went)


class _Group:
    """The requests of one group."""

    def __init__(self) -> None:
        self.requests = self.failed = self.cost_nano = self.unknown_costs = 0
        self.cached = self.saved_nano = 0
        self.first_ms: list[int] = []
        self.total_ms: list[int] = []
        self.speeds: list[float] = []
        self.good = self.weight = 0.0

    def add(self, went: Went, judged: tuple[float, float]) -> None:
        self.requests += 1
        self.failed += went.state == "failed"
        if went.cost_nano is None:
            self.unknown_costs += 1
        else:
            self.cost_nano += went.cost_nano
        self.good += judged[0]
        self.weight += judged[1]
        given_again = went.given_again
        if given_again is not None:
            self.cached += 1
            self.saved_nano += given_again.saved_nano or 0
        elif went.state == "done":
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


KEYS: Mapping[StatsBy, Callable[[Went], str]] = {
    "model": lambda went: went.model,
    "task": lambda went: went.task,
    "strategy": lambda went: went.strategy,
}


class Figures:
    """Reads the log."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def report(self, by: StatsBy, since_ms: int) -> StatsReport:
        """The groups with the most requests first."""
        await self._db.flush()
        rows, known = await self._db.read(partial(counted, since_ms=since_ms, keys=(KEYS[by],)))
        ordered = sorted(rows.items(), key=lambda row: (-row[1].requests, row[0]))
        named = tuple(group.row(key[0]) for key, group in ordered)
        return StatsReport(by=by, since_ms=since_ms, read=known, rows=named)

    async def cached(self, since_ms: int) -> CachedSum | None:
        """What came from the cache of answers; None where nothing did."""
        await self._db.flush()
        return await self._db.read(partial(given_again, since_ms=since_ms))

    async def each(self, since_ms: int) -> list[tuple[tuple[str, ...], StatRow]]:
        """By model, task and strategy together."""
        await self._db.flush()
        keys = (KEYS["model"], KEYS["task"], KEYS["strategy"])
        rows, _ = await self._db.read(partial(counted, since_ms=since_ms, keys=keys))
        return [(key, group.row("")) for key, group in sorted(rows.items())]


def given_again(db: sqlite3.Connection, since_ms: int) -> CachedSum | None:
    """What came from the cache; None where nothing did."""
    rows = (row[0] for row in db.execute(_GIVEN_AGAIN, (since_ms, MOST)))
    found = [cached for row in rows if (cached := _decoded(row)) is not None]
    if not found:
        return None
    known = [cached.saved_nano for cached in found if cached.saved_nano is not None]
    return CachedSum(len(found), sum(known), len(found) - len(known))


def _decoded(view: bytes) -> Cached | None:
    try:
        return _view.decode(view).given_again
    except msgspec.MsgspecError:
        return None


def counted(
    db: sqlite3.Connection, since_ms: int, keys: Iterable[Callable[[Went], str]]
) -> tuple[dict[tuple[str, ...], _Group], int]:
    """The groups, and how many rows were read."""
    keys = tuple(keys)
    judged = {
        (decision, model): (good, weight)
        for decision, model, good, weight in db.execute(_JUDGED, (since_ms, *SPOKEN))
    }
    groups: dict[tuple[str, ...], _Group] = {}
    count = 0
    for row_id, view in db.execute(_ROWS, (since_ms, MOST)):
        count += 1
        try:
            went = _view.decode(view)
        except msgspec.MsgspecError:
            continue
        key = tuple(name(went) for name in keys)
        groups.setdefault(key, _Group()).add(went, judged.get((row_id, went.model), (0.0, 0.0)))
    return groups, count
