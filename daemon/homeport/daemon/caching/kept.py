"""The kept answers on disk: found by key, bounded in number and bytes, the longest unused go.

Nothing here raises where the database cannot be had or is damaged: there is no
answer then, and the caller's prompt is asked as if there were no cache.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from homeport.client.wire import CacheRow
from homeport.daemon.config.settings import Cache as Bounds
from homeport.daemon.storage.cached import CachedAnswers
from homeport.policies.errors import DaemonTrouble
from homeport.policies.kept_answer import SKEW_MS

log = logging.getLogger("homeport.cache")

T = TypeVar("T")

WAITING = 256
"""Answers that may wait to be written; more are not kept."""
OVERHEAD_BYTES = 256
"""What a row takes beside its texts, roughly."""
SLACK = 16
"""So many answers may come between two times that the bounds are held to, or that part of the
bytes, whichever comes first."""
NEIGHBOURS = 40
"""Prompts that may say the same and are compared with one."""
AROUND = 400
"""Vectors that are compared with one."""

OVERWRITES = "PRAGMA secure_delete = ON"
"""What is deleted is overwritten in the file."""
_FIELDS = (
    "n, key, request, model, version, strategy, policy, price, kept_ms, ttl_ms, cost_nano,"
    " private, body, near, words, around, embedder, vector"
)
_FIND = f"SELECT {_FIELDS} FROM answer WHERE key = ?"  # noqa: S608 - names of columns
_NEIGHBOURS = """
SELECT key, words FROM answer WHERE near = ? AND key != ? ORDER BY used_ms DESC LIMIT ?
"""
_AROUND = """
SELECT key, words, vector FROM answer
WHERE around = ? AND embedder = ? AND vector IS NOT NULL AND key != ?
ORDER BY used_ms DESC LIMIT ?
"""
_INSERT = """
INSERT OR REPLACE INTO answer
    (key, request, model, version, strategy, policy, price, kept_ms, ttl_ms, used_ms, hits,
     cost_nano, private, bytes, body, near, words, around, embedder, vector)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CUT = """
DELETE FROM answer WHERE n IN (
    SELECT n FROM (
        SELECT n, row_number() OVER newest AS place, sum(bytes) OVER newest AS total
        FROM answer WINDOW newest AS (ORDER BY used_ms DESC, n DESC)
    ) WHERE place > ? OR total > ?
)
"""
_ROWS = """
SELECT model, count(*), total(bytes), total(hits), total(hits * coalesce(cost_nano, 0)),
       min(kept_ms), max(used_ms)
FROM answer WHERE kept_ms + ttl_ms > ? GROUP BY model ORDER BY 2 DESC, 1
"""


class Neighbour(NamedTuple):
    """A prompt that may mean the same."""

    key: bytes
    words: str
    vector: bytes


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """One kept answer, as its row has it."""

    n: int
    key: bytes
    request: str
    """Whose answer it is."""
    model: str
    version: str
    strategy: str
    policy: str
    price: str
    kept_ms: int
    ttl_ms: int
    cost_nano: int | None
    """What it cost; None is unknown."""
    private: bool
    body: bytes
    near: bytes | None = None
    """Key of all prompts that may say the same; None where they are not looked for."""
    words: str | None = None
    """The last words, where they are compared."""
    around: bytes | None = None
    """Key of all prompts that differ in their last words alone, where meanings are compared."""
    embedder: str | None = None
    """Which weights made the vector: no others' are compared with it."""
    vector: bytes | None = None
    """Of the last words."""

    @property
    def size(self) -> int:
        """What it takes, roughly."""
        beside = len((self.words or "").encode()) + len(self.vector or b"")
        return len(self.body) + beside + OVERHEAD_BYTES


class KeptAnswers:
    """Owns the kept answers."""

    def __init__(
        self,
        database: CachedAnswers,
        bounds: Callable[[], Bounds],
        clock_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._bounds = bounds
        self._clock_ms = clock_ms
        self._held: dict[bytes, Stored] = {}
        """On their way to the disk, by key."""
        self._fresh = self._fresh_bytes = 0
        """Answers since the bounds were held to, and what they take."""
        self.dropped = 0
        """Answers that could not be kept, since the start."""

    def __repr__(self) -> str:
        return f"KeptAnswers({len(self._held)} waiting, {self.dropped} dropped)"

    @property
    def trouble(self) -> str:
        """Why nothing is kept, as a sentence; empty where it is."""
        return self._database.trouble

    async def find(self, key: bytes) -> Stored | None:
        """The answer to this very prompt."""
        held = self._held.get(key)
        if held is not None:
            return held
        return await self._read(partial(_find, key=key), None)

    async def neighbours(self, near: bytes, key: bytes) -> list[tuple[bytes, str]]:
        """Keys and last words of prompts that may say the same, the last used first."""
        return await self._read(partial(_neighbours, near=near, key=key), [])

    async def has_around(self, around: bytes) -> bool:
        """Whether there is anything to compare a vector with."""
        return await self._read(partial(_has_around, around=around), False)

    async def around(self, around: bytes, embedder: str, key: bytes) -> list[Neighbour]:
        """Prompts whose last words alone differ, with vectors of the same weights."""
        return await self._read(
            partial(_around, around=around, embedder=embedder, key=key), list[Neighbour]()
        )

    def held_as(self, stored: Stored) -> None:
        """What is held is known better."""
        if stored.key in self._held:
            self._held[stored.key] = stored

    def hold(self, stored: Stored) -> bool:
        """It is found from here on; `keep` has to follow. False where too many wait."""
        if len(self._held) >= WAITING:
            self._drop("too many wait to be written")
            return False
        self._held[stored.key] = stored
        return True

    async def keep(self, stored: Stored) -> None:
        """Write down soon what is held."""
        landed = partial(self._landed, stored)
        database = await self._database.database()
        if database is None:
            landed(None, RuntimeError(self.trouble))
            return
        bounds = self._bounds()
        prunes = self._is_time_to_prune(stored.size, bounds)
        work = partial(_keep, stored=stored, bounds=bounds, now=self._clock_ms(), prunes=prunes)
        try:
            database.post(work, landed, lazy=True)
        except DaemonTrouble as error:
            landed(None, error)

    def _is_time_to_prune(self, size: int, bounds: Bounds) -> bool:
        self._fresh += 1
        self._fresh_bytes += size
        few = self._fresh < min(SLACK, -(-bounds.entries // SLACK))
        if few and self._fresh_bytes * SLACK < bounds.bytes:
            return False
        self._fresh = self._fresh_bytes = 0
        return True

    async def used(self, stored: Stored) -> None:
        """It was given again."""
        await self._post(partial(_touch, key=stored.key, now=self._clock_ms()))

    async def forget(self, key: bytes) -> None:
        """It will not be given again."""
        await self._post(partial(_forget, key=key))

    async def forget_of(self, request: str) -> int:
        """Forget the answers that a request gave; how many there were."""
        return await self._write(partial(_forget_of, request=request))

    async def clear(self) -> int:
        """Forget all; how many there were. The file goes too, and with it what was deleted."""
        count = await self._write(_count)
        self._held.clear()
        await self._database.delete()
        return count

    async def prune(self) -> None:
        """Forget what is over, is too much, or may not be kept any more."""
        await self._write(partial(_prune, bounds=self._bounds(), now=self._clock_ms()))

    async def rows(self) -> tuple[CacheRow, ...]:
        """What is kept, by model."""
        database = await self._database.database() if self._database.exists else None
        if database is not None:
            await database.flush()
        return await self._read(partial(_rows, now=self._clock_ms()), ())

    async def _read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        if not self._database.exists:
            return nothing
        database = await self._database.database()
        if database is None:
            return nothing
        try:
            return await database.read(work)
        except Exception as error:  # noqa: BLE001 - without it, the prompt is asked
            await self._mend(error)
            return nothing

    async def _write(self, work: Callable[[sqlite3.Connection], int]) -> int:
        if not self._database.exists:
            return 0
        database = await self._database.database()
        if database is None:
            return 0
        try:
            await database.flush()  # what was to be kept before is there
            return await database.write(work)
        except Exception as error:  # noqa: BLE001 - what is not forgotten is not given either
            await self._mend(error)
            return 0

    async def _post(self, work: Callable[[sqlite3.Connection], object]) -> None:
        database = await self._database.database()
        if database is not None:
            database.post(work, _unheard, lazy=True)

    async def _mend(self, error: BaseException) -> None:
        log.warning("the cache of answers could not be used: %s", error)
        if isinstance(error, DaemonTrouble):
            await self._database.mend(error)

    def _landed(self, stored: Stored, _: object, error: BaseException | None) -> None:
        if self._held.get(stored.key) is stored:
            del self._held[stored.key]
        if error is not None:
            self._drop(str(error))

    def _drop(self, reason: str) -> None:
        self.dropped += 1
        log.warning("an answer was not cached (%d so far): %s", self.dropped, reason)

    async def close(self) -> None:
        """Finish every write."""
        await self._database.close()


def _unheard(_: object, error: BaseException | None) -> None:
    if error is not None:
        log.warning("the cache of answers could not be written to: %s", error)


def _stored(row: tuple[object, ...]) -> Stored:
    return msgspec.convert(list(row), Stored, strict=False)


def _find(db: sqlite3.Connection, key: bytes) -> Stored | None:
    row = db.execute(_FIND, (key,)).fetchone()
    return None if row is None else _stored(row)


def _neighbours(db: sqlite3.Connection, near: bytes, key: bytes) -> list[tuple[bytes, str]]:
    return db.execute(_NEIGHBOURS, (near, key, NEIGHBOURS)).fetchall()


def _around(db: sqlite3.Connection, around: bytes, embedder: str, key: bytes) -> list[Neighbour]:
    rows = db.execute(_AROUND, (around, embedder, key, AROUND))
    return [Neighbour(*row) for row in rows]


def _has_around(db: sqlite3.Connection, around: bytes) -> bool:
    found = db.execute(
        "SELECT 1 FROM answer WHERE around = ? AND vector IS NOT NULL LIMIT 1", (around,)
    )
    return found.fetchone() is not None


def _keep(db: sqlite3.Connection, stored: Stored, bounds: Bounds, now: int, prunes: bool) -> None:
    db.execute(
        _INSERT,
        (
            *(stored.key, stored.request, stored.model, stored.version, stored.strategy),
            *(stored.policy, stored.price, stored.kept_ms, stored.ttl_ms, now),
            *(stored.cost_nano, stored.private, stored.size, stored.body),
            *(stored.near, stored.words, stored.around, stored.embedder, stored.vector),
        ),
    )
    if prunes:
        _prune(db, bounds, now)


def _prune(db: sqlite3.Connection, bounds: Bounds, now: int) -> int:
    """Also what is from the future: the clock was wrong when it was kept."""
    db.execute(OVERWRITES)
    db.execute(
        "DELETE FROM answer WHERE kept_ms + ttl_ms <= ? OR kept_ms > ?", (now, now + SKEW_MS)
    )
    if not bounds.private:
        db.execute("DELETE FROM answer WHERE private")
    count, size = db.execute("SELECT count(*), total(bytes) FROM answer").fetchone()
    if count > bounds.entries or size > bounds.bytes:
        db.execute(_CUT, (bounds.entries, bounds.bytes))
    return int(count)


def _touch(db: sqlite3.Connection, key: bytes, now: int) -> None:
    db.execute("UPDATE answer SET used_ms = ?, hits = hits + 1 WHERE key = ?", (now, key))


def _forget(db: sqlite3.Connection, key: bytes) -> None:
    db.execute(OVERWRITES)
    db.execute("DELETE FROM answer WHERE key = ?", (key,))


def _forget_of(db: sqlite3.Connection, request: str) -> int:
    db.execute(OVERWRITES)
    return db.execute("DELETE FROM answer WHERE request = ?", (request,)).rowcount


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM answer").fetchone()[0])


def _rows(db: sqlite3.Connection, now: int) -> tuple[CacheRow, ...]:
    return tuple(
        CacheRow(model, count, round(size), round(hits), round(saved), kept_ms, used_ms)
        for model, count, size, hits, saved, kept_ms, used_ms in db.execute(_ROWS, (now,))
    )
