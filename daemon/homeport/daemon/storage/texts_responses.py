"""Answers that were given on OpenAI's Responses wire, kept so that they can be gone on from.

Each row holds what one request brought and the whole answer to it; `previous`
leads to the row before it. Going on from an answer counts as a use of every row
before it, so that a conversation is forgotten as a whole: when it was not used
for `storage.responses_days`, or when it is the longest unused and the bounds in
count and bytes are met.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from functools import partial

import msgspec

from homeport.daemon.config.settings import Storage
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.texts import Texts
from homeport.policies.errors import HomeportError

log = logging.getLogger(__name__)

WAITING = 256
"""Answers that may wait to be written; more are not kept."""
LONGEST_CHAIN = 2000
DAY_MS = 86_400_000

Row = tuple[str, str, bytes, bytes, int, int]
"""Id, previous, items, object, whether it is private, and its last use."""

_CHAIN = """
WITH RECURSIVE above (id, previous, depth) AS (
    SELECT id, previous, 1 FROM response WHERE id = ?
    UNION ALL
    SELECT response.id, response.previous, depth + 1
    FROM above JOIN response ON response.id = above.previous WHERE depth < ?
)
SELECT response.id, response.previous, items, object, private, used_ms
FROM above JOIN response USING (id) ORDER BY depth DESC
"""
_TOUCH = """
WITH RECURSIVE above (id, previous, depth) AS (
    SELECT id, previous, 1 FROM response WHERE id = ?
    UNION ALL
    SELECT response.id, response.previous, depth + 1
    FROM above JOIN response ON response.id = above.previous WHERE depth < ?
)
UPDATE response SET used_ms = ? WHERE id IN (SELECT id FROM above)
"""
_INSERT = (
    "INSERT OR REPLACE INTO response"
    " (id, previous, at_ms, used_ms, bytes, items, object, private)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_CUT = """
DELETE FROM response WHERE n IN (
    SELECT n FROM (
        SELECT n, row_number() OVER newest AS place, sum(bytes) OVER newest AS total
        FROM response WINDOW newest AS (ORDER BY used_ms DESC, n DESC)
    ) WHERE place > ? OR total > ?
)
"""


class KeptResponse(msgspec.Struct, frozen=True):
    """One answer, with what was asked; both as JSON of the wire."""

    id: str
    previous: str
    """Id of the answer it goes on from; empty where it begins a conversation."""
    items: bytes
    """A list of input items."""
    object: bytes
    private: bool = False
    """It must not leave this machine, nor what goes on from it."""


class KeptResponses:
    """Owns the kept answers."""

    def __init__(
        self, texts: Texts, bounds: Callable[[], Storage], clock_ms: Callable[[], int]
    ) -> None:
        self._texts = texts
        self._bounds = bounds
        self._clock_ms = clock_ms
        self._waiting = 0
        self.dropped = 0
        """Answers that could not be kept, since the start."""

    def __repr__(self) -> str:
        return f"<KeptResponses {self._waiting} waiting, {self.dropped} dropped>"

    async def ready(self) -> bool:
        """Whether an answer can be kept now. Logs why not where the disk is to blame."""
        if self._bounds().responses_days <= 0:
            return False
        try:
            await self._texts.database()
        except HomeportError as error:
            log.warning("answers are not kept: %s", error.sentence)
            return False
        return True

    async def keep(self, response: KeptResponse) -> None:
        """Keep an answer soon; whoever asks for it from here on gets it. Never raises."""
        if self._waiting >= WAITING:
            self._drop(response.id, "too many wait to be written")
            return
        self._waiting += 1
        landed = partial(self._landed, response.id)
        try:
            database = await self._texts.database()
            work = partial(_keep, response=response, bounds=self._bounds(), now=self._clock_ms())
            database.post(work, landed, lazy=True)
        except Exception as error:  # noqa: BLE001 - the answer itself was given
            landed(None, error)

    def _landed(self, response_id: str, _: object, error: BaseException | None) -> None:
        self._waiting -= 1
        if error is not None:
            self._drop(response_id, str(error))

    def _drop(self, response_id: str, reason: str) -> None:
        self.dropped += 1
        log.warning("answer %s was not kept (%d so far): %s", response_id, self.dropped, reason)

    async def conversation(self, response_id: str) -> list[KeptResponse]:
        """The answer with all before it, the first one first.

        Empty where it is not there. Where the first has a `previous`, that one is not here.
        """
        database = await self._read_from()
        if database is None:
            return []
        oldest = self._oldest_ms()
        rows = await database.read(partial(_chain, response_id=response_id))
        chain = [_response(row) for row in rows if row[-1] >= oldest]
        return chain if len(chain) == len(rows) else []

    async def get(self, response_id: str) -> KeptResponse | None:
        """One answer; None where it is not there."""
        database = await self._read_from()
        if database is None:
            return None
        row = await database.read(partial(_one, response_id=response_id, oldest=self._oldest_ms()))
        return None if row is None else _response(row)

    async def forget(self, response_id: str) -> bool:
        """Delete an answer; whether it was there."""
        database = await self._read_from()
        return database is not None and await database.write(
            partial(_forget, response_id=response_id)
        )

    async def prune(self) -> None:
        """Forget what has been unused for too long, or is too much."""
        if self._texts.exists:
            database = await self._texts.database()
            await database.write(partial(_prune, bounds=self._bounds(), now=self._clock_ms()))

    async def _read_from(self) -> Database | None:
        """The database with all that was to be kept in it; None where there never was one."""
        if not self._texts.exists:
            return None
        database = await self._texts.database()
        if self._waiting:
            await database.flush()
        return database

    def _oldest_ms(self) -> int:
        return self._clock_ms() - round(self._bounds().responses_days * DAY_MS)


def _keep(db: sqlite3.Connection, response: KeptResponse, bounds: Storage, now: int) -> None:
    size = len(response.items) + len(response.object)
    texts = (response.items, response.object, response.private)
    db.execute(_INSERT, (response.id, response.previous, now, now, size, *texts))
    if response.previous:
        db.execute(_TOUCH, (response.previous, LONGEST_CHAIN, now))
    _prune(db, bounds, now)


def _prune(db: sqlite3.Connection, bounds: Storage, now: int) -> None:
    db.execute(
        "DELETE FROM response WHERE used_ms < ?", (now - round(bounds.responses_days * DAY_MS),)
    )
    count, size = db.execute("SELECT count(*), total(bytes) FROM response").fetchone()
    if count > bounds.responses_count or size > bounds.responses_bytes:
        db.execute(_CUT, (bounds.responses_count, bounds.responses_bytes))


def _response(row: Row) -> KeptResponse:
    name, previous, items, made, private, _ = row
    return KeptResponse(name, previous, items, made, bool(private))


def _chain(db: sqlite3.Connection, response_id: str) -> list[Row]:
    return db.execute(_CHAIN, (response_id, LONGEST_CHAIN)).fetchall()


def _one(db: sqlite3.Connection, response_id: str, oldest: int) -> Row | None:
    row: Row | None = db.execute(
        "SELECT id, previous, items, object, private, used_ms FROM response"
        " WHERE id = ? AND used_ms >= ?",
        (response_id, oldest),
    ).fetchone()
    return row


def _forget(db: sqlite3.Connection, response_id: str) -> bool:
    return db.execute("DELETE FROM response WHERE id = ?", (response_id,)).rowcount > 0
