"""`texts.db`: the one file that holds words of prompts and answers.

Apart from the ledger, so that it can be deleted without losing a cent, and
opened when the first text is to be kept or read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from homeport.daemon.storage.database import Database
from homeport.daemon.storage.migrations import Schema, Step

_RESPONSE = """
CREATE TABLE response (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    previous TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    items BLOB NOT NULL,
    object BLOB NOT NULL
)
"""

STEPS: tuple[Step, ...] = (
    (
        "PRAGMA application_id = 0x484F4D54",
        _RESPONSE,
        "CREATE INDEX response_by_use ON response (used_ms, n, bytes)",
    ),
    ("ALTER TABLE response ADD COLUMN private INTEGER NOT NULL DEFAULT 1",),
)

TEXTS: Final = Schema(0x484F4D54, STEPS)
""""HOMT": not a ledger."""


class Texts:
    """Owns the database of texts, from its first use to the stop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: Database | None = None
        self._opening = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Texts({self.path}, {'open' if self._database else 'not opened'})"

    async def database(self) -> Database:
        """The open database. Raises `DaemonTrouble` where it cannot be opened."""
        if self._database is None:
            async with self._opening:
                if self._database is None:
                    self._database = await Database.open(self.path, TEXTS)
        return self._database

    @property
    def exists(self) -> bool:
        """Something was kept, by this daemon or one before it."""
        return self._database is not None or self.path.exists()

    async def close(self) -> None:
        """Finish every write, then close."""
        if self._database is not None:
            await self._database.close()
