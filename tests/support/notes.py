"""Notes in a database: something to be written and read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import Event

from homeport.daemon.storage.database import Database


def put(text: str) -> Callable[[sqlite3.Connection], int]:
    """What writes one note down."""

    def work(connection: sqlite3.Connection) -> int:
        return connection.execute("INSERT INTO note VALUES (?, ?)", (text, len(text))).rowcount

    return work


async def notes(db: Database) -> list[str]:
    """All that were written, in their order."""
    rows = await db.read(lambda c: c.execute("SELECT text FROM note ORDER BY rowid").fetchall())
    return [row[0] for row in rows]


def hold(db: Database) -> Event:
    """Keep the writing thread busy until the event is set, so that writes queue up behind."""
    release = Event()
    db.post(lambda _: release.wait(30), lambda *_: None)
    return release
