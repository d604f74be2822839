"""`outbox.db`: prompts that wait to be sent, and their answers until they are read.

Apart from every other file, opened when the first prompt is to be kept, or where one
is there from before. A row's checksum covers all of it, so that what was changed on
disk is known and not sent.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from homeport.daemon.storage.database import Database
from homeport.daemon.storage.migrations import Schema, Step

_ITEM = """
CREATE TABLE item (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    batch TEXT NOT NULL,
    custom_id TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL,
    answer BLOB NOT NULL,
    checksum BLOB NOT NULL
)
"""

STEPS: tuple[Step, ...] = (
    (
        "PRAGMA application_id = 0x484F4D4F",
        _ITEM,
        "CREATE UNIQUE INDEX item_by_line ON item (batch, custom_id) WHERE batch != ''",
    ),
)

OUTBOX: Final = Schema(0x484F4D4F, STEPS)
""""HOMO": neither a ledger nor kept texts."""

_COLUMNS = "n, id, batch, custom_id, head, body, answer, checksum"
_INSERT = (
    "INSERT OR IGNORE INTO item (id, batch, custom_id, bytes, head, body, answer, checksum)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE = "UPDATE item SET bytes = ?, head = ?, body = ?, answer = ?, checksum = ? WHERE n = ?"


class Row(NamedTuple):
    """One row; `n` is 0 before it is written."""

    n: int
    id: str
    batch: str
    custom_id: str
    head: bytes
    """What is known of it, as JSON."""
    body: bytes
    answer: bytes
    checksum: bytes = b""

    @property
    def is_intact(self) -> bool:
        """Nobody but us has written it."""
        return self.checksum == self.sum()

    def sum(self) -> bytes:
        """Over everything in it, each part with its length."""
        digest = blake2b(digest_size=16)
        parts = (self.id.encode(), self.batch.encode(), self.custom_id.encode())
        for part in (*parts, self.head, self.body, self.answer):
            digest.update(b"%d:" % len(part))
            digest.update(part)
        return digest.digest()


def insert(db: sqlite3.Connection, rows: Sequence[Row]) -> list[Row]:
    """Those that were not there yet, as they are now."""
    added = []
    for row in rows:
        texts = (row.head, row.body, row.answer, row.sum())
        names = (row.id, row.batch, row.custom_id, len(row.body) + len(row.answer))
        done = db.execute(_INSERT, (*names, *texts))
        if done.rowcount:
            added.append(row._replace(n=done.lastrowid or 0, checksum=texts[-1]))
    return added


def update(db: sqlite3.Connection, row: Row) -> None:
    """Put it in the place of the one with its number."""
    size = len(row.body) + len(row.answer)
    db.execute(_UPDATE, (size, row.head, row.body, row.answer, row.sum(), row.n))


def delete(db: sqlite3.Connection, number: int) -> None:
    """Forget a row."""
    db.execute("DELETE FROM item WHERE n = ?", (number,))


def one(db: sqlite3.Connection, item_id: str) -> Row | None:
    """By its id."""
    found = db.execute(f"SELECT {_COLUMNS} FROM item WHERE id = ?", (item_id,)).fetchone()  # noqa: S608 - columns of ours
    return None if found is None else _row(found)


def every(db: sqlite3.Connection) -> list[tuple[Row, int]]:
    """All of them without their texts, each with the size of those, the oldest first."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM item ORDER BY n")  # noqa: S608 - columns of ours
    return [_without_texts(_row(found)) for found in rows]


def size(db: sqlite3.Connection) -> tuple[int, int]:
    """Rows that hold a text, and their bytes."""
    found = db.execute("SELECT count(*), total(bytes) FROM item WHERE bytes > 0").fetchone()
    return int(found[0]), int(found[1])


def _row(found: tuple[object, ...]) -> Row:
    """As it stands in the file, where anything may be found."""
    number, *names, head, body, answer, checksum = found
    texts = [value if isinstance(value, bytes) else str(value).encode() for value in
             (head, body, answer, checksum)]  # fmt: skip
    item_id, batch, custom_id = map(str, names)
    return Row(int(str(number)), item_id, batch, custom_id, *texts)


def _without_texts(row: Row) -> tuple[Row, int]:
    """Its head alone; the checksum is emptied where it did not fit."""
    kept = row.checksum if row.is_intact else b""
    size = len(row.body) + len(row.answer)
    return row._replace(body=b"", answer=b"", checksum=kept), size


class OutboxFile:
    """Owns the database, from its first use to the stop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: Database | None = None
        self._opening = asyncio.Lock()

    def __repr__(self) -> str:
        return f"OutboxFile({self.path}, {'open' if self._database else 'not opened'})"

    async def database(self) -> Database:
        """The open database. Raises `DaemonTrouble` where it cannot be opened."""
        if self._database is None:
            async with self._opening:
                if self._database is None:
                    self._database = await Database.open(self.path, OUTBOX)
        return self._database

    async def close(self) -> None:
        """Finish every write, then close."""
        if self._database is not None:
            await self._database.close()
