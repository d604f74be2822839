"""The log of decisions: what `homeport why` reads, written when nobody waits.

A record is packed at the end of its request, and written with others in the pauses of
the ledger. When more wait than may, the newest is dropped, counted and logged: a
slow disk must not slow requests. 90 days are kept.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

from homeport.client.wire import RequestView
from homeport.daemon.storage import decision_parts, decision_sums
from homeport.daemon.storage.catching_up import CatchingUp
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_parts import Parts
from homeport.daemon.storage.decision_parts import Row as Part
from homeport.daemon.storage.decision_record import (
    DecisionRecord,
    DecisionStep,
    Replay,
    Unreadable,
    digests_in,
    packed,
    packed_view,
    replay,
    unpacked,
    unpacked_view,
)
from homeport.daemon.storage.rows import insert
from homeport.daemon.storage.writer import Gathered
from homeport.policies.errors import BadRequest
from homeport.policies.model import ENGINE_VERSION

__all__ = ["KEPT_DAYS", "DecisionLog", "DecisionRecord", "DecisionStep", "Replay", "replay"]

log = logging.getLogger(__name__)

KEPT_DAYS = 90
WAITING = 1000
"""Records that may wait to be written."""
SHORTEST_PREFIX = 4
PRUNED_AT_ONCE = 200
WRITTEN_AT_ONCE = 32
"""Records that share a write."""
LAST = "last"

_INSERT = "INSERT INTO decision (id, at_ms, engine_version, view, steps)"
_REPLACE = """
ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, engine_version = excluded.engine_version,
    view = excluded.view, steps = excluded.steps
"""
"""A row that is written again stays in its place: it is counted once."""
_PRUNE = "DELETE FROM decision WHERE rowid IN (SELECT rowid FROM decision WHERE at_ms < ? LIMIT ?)"

StoredRow = tuple[str, bytes, bytes]
"""Id, view, steps."""
Found = tuple[list[StoredRow], dict[str, Any]]
"""Rows, and the parts that they hold by digest."""


class DecisionLog:
    """Owns the stored decisions."""

    def __init__(self, db: Database, *, waiting: int = WAITING) -> None:
        self._db = db
        self._bound = waiting
        self._waiting = 0
        self._rows: list[tuple[object, ...]] = []
        """Of records that are not on their way to the disk yet."""
        self._parts = Parts()
        self._summing = CatchingUp(db, decision_sums.fold)
        self.dropped = 0
        """Records that were not stored, since the start."""

    def __repr__(self) -> str:
        return f"<DecisionLog {self._waiting} waiting, {self.dropped} dropped>"

    def record(self, record: DecisionRecord) -> None:
        """Store a record soon. Never waits, never raises."""
        if self._waiting >= self._bound:
            self._drop(record.view.id, "too many wait to be written")
            return
        try:
            self._db.later(self._gather)
            self._rows.append(_row(record, self._parts))
        except Exception as error:  # noqa: BLE001 - a log must not fail a request
            self._drop(record.view.id, str(error))
            return
        self._waiting += 1

    def _gather(self) -> Gathered:
        """What was recorded since the last time."""
        rows, self._rows = self._rows, []
        parts = self._parts.to_write()
        for start in range(0, len(rows), WRITTEN_AT_ONCE):
            some = rows[start : start + WRITTEN_AT_ONCE]
            landed = partial(self._landed, some, parts)
            yield partial(_insert, rows=some, parts=parts), (landed,)

    def _landed(
        self, rows: list[tuple[object, ...]], parts: list[Part], _: object, error: object
    ) -> None:
        self._waiting -= len(rows)
        if error is None:
            self._parts.written(parts)
            self._summing.written(len(rows))
            return
        for row in rows:
            self._drop(str(row[0]), str(error))

    def _drop(self, record_id: str, reason: str) -> None:
        self.dropped += 1
        log.warning("decision %s was not stored (%d so far): %s", record_id, self.dropped, reason)

    async def flush(self) -> None:
        """Wait until everything that was recorded before is on disk."""
        await self._db.flush()

    async def get(self, decision_id: str) -> DecisionRecord | None:
        """By id, by the start of one (4 letters or more), or the last.

        Raises `BadRequest` where several ids start so.
        """
        await self.flush()
        rows, parts = await self._db.read(partial(_find, wanted=decision_id))
        if len(rows) > 1:
            raise BadRequest(
                f"Several decisions start with {decision_id}; give more of the id.",
                code="ambiguous_decision",
                param="id",
            )
        return next(iter(_readable(rows, parts)), None)

    async def recent(self, limit: int) -> list[RequestView]:
        """The newest requests, the newest last."""
        await self.flush()
        rows = await self._db.read(partial(_newest, limit=limit))
        views: list[RequestView] = []
        for record_id, view in reversed(rows):
            try:
                views.append(unpacked_view(view))
            except Unreadable as error:
                log.warning("decision %s cannot be read: %s", record_id, error)
        return views

    async def pages(
        self, at_ms: int, *, size: int, most: int
    ) -> AsyncIterator[list[DecisionRecord]]:
        """The newest `most` records from a moment on, the oldest first, `size` at a time."""
        await self.flush()
        ids = await self._db.read(partial(_ids, at_ms=at_ms, limit=most))
        for start in range(0, len(ids), size):
            rows, parts = await self._db.read(partial(_rows, ids=ids[start : start + size]))
            yield await asyncio.to_thread(_readable, rows, parts)

    async def lately(
        self, at_ms: int, limit: int, most: int
    ) -> tuple[list[DecisionRecord], list[int]]:
        """The newest `limit` records from a moment on, the oldest first, and when each of the
        newest `most` prompts came, in order; both as they stand at one moment."""
        await self.flush()

        def read(db: sqlite3.Connection) -> tuple[Found, list[int]]:
            return _since(db, at_ms, limit), _turns(db, at_ms, most)

        (rows, parts), turns_ms = await self._db.read(read)
        records = await asyncio.to_thread(_readable, rows, parts)
        return records[::-1], turns_ms

    async def prune(self, before_ms: int) -> int:
        """Forget what is older, a little at a time; the number forgotten."""
        self._summing.go_on()
        await self.flush()
        forgotten, count = 0, PRUNED_AT_ONCE
        while count == PRUNED_AT_ONCE:
            count = await self._db.write(partial(_forget, before_ms=before_ms))
            forgotten += count
        self._parts.forget()
        await self._db.write(partial(decision_parts.forget, before_ms=before_ms))
        await self._db.write(partial(decision_sums.forget, before_ms=before_ms))
        return forgotten


def _row(record: DecisionRecord, parts: Parts) -> tuple[object, ...]:
    view = record.view
    version = record.steps[0].decision.engine_version if record.steps else ENGINE_VERSION
    steps = packed(record, partial(parts.digest, at_ms=view.at_ms))
    # As bytearrays, which SQLite's module takes as they are.
    return view.id, view.at_ms, version, bytearray(packed_view(view)), bytearray(steps)


def _insert(db: sqlite3.Connection, rows: list[tuple[object, ...]], parts: list[Part]) -> None:
    decision_parts.insert(db, parts)
    insert(db, _INSERT, rows, _REPLACE)


def _find(db: sqlite3.Connection, wanted: str) -> Found:
    """At most two rows that `wanted` may mean; the exact id goes first."""
    select = "SELECT id, view, steps FROM decision"
    if wanted == LAST:
        query = f"{select} ORDER BY at_ms DESC, rowid DESC LIMIT 1"
        return _with_parts(db, db.execute(query).fetchall())
    exact = db.execute(f"{select} WHERE id = ?", (wanted,)).fetchall()
    if exact or len(wanted) < SHORTEST_PREFIX:
        return _with_parts(db, exact)
    bounds = (wanted, wanted + "\U0010ffff")
    query = f"{select} WHERE id >= ? AND id < ? LIMIT 2"
    return _with_parts(db, db.execute(query, bounds).fetchall())


def _with_parts(db: sqlite3.Connection, rows: list[StoredRow]) -> Found:
    digests = set().union(*[digests_in(steps) for _, _, steps in rows])
    return rows, decision_parts.find(db, digests)


def _newest(db: sqlite3.Connection, limit: int) -> list[tuple[str, bytes]]:
    query = "SELECT id, view FROM decision ORDER BY at_ms DESC, rowid DESC LIMIT ?"
    return db.execute(query, (max(0, limit),)).fetchall()


def _since(db: sqlite3.Connection, at_ms: int, limit: int) -> Found:
    query = "SELECT id, view, steps FROM decision WHERE at_ms >= ? ORDER BY at_ms DESC, rowid DESC"
    return _with_parts(db, db.execute(f"{query} LIMIT ?", (at_ms, max(0, limit))).fetchall())


def _ids(db: sqlite3.Connection, at_ms: int, limit: int) -> list[str]:
    query = "SELECT id FROM decision WHERE at_ms >= ? ORDER BY at_ms DESC, rowid DESC LIMIT ?"
    return [row[0] for row in db.execute(query, (at_ms, max(0, limit)))][::-1]


def _rows(db: sqlite3.Connection, ids: list[str]) -> Found:
    query = "SELECT id, view, steps FROM decision WHERE id = ?"
    rows = (db.execute(query, (record_id,)).fetchone() for record_id in ids)
    return _with_parts(db, [row for row in rows if row is not None])


def _turns(db: sqlite3.Connection, at_ms: int, most: int) -> list[int]:
    query = "SELECT at_ms FROM decision WHERE at_ms >= ? ORDER BY at_ms DESC LIMIT ?"
    return [row[0] for row in db.execute(query, (at_ms, most))][::-1]


def _readable(rows: Iterable[StoredRow], parts: dict[str, Any]) -> list[DecisionRecord]:
    records = []
    for record_id, view, steps in rows:
        try:
            records.append(unpacked(view, steps, parts))
        except Unreadable as error:
            log.warning("decision %s cannot be read: %s", record_id, error)
    return records


def _forget(db: sqlite3.Connection, before_ms: int) -> int:
    return db.execute(_PRUNE, (before_ms, PRUNED_AT_ONCE)).rowcount
