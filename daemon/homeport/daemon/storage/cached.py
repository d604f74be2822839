"""`cache.db`: answers that may be given again. It can be deleted at any time.

Apart from every other file, so that nothing is lost with it: where it is damaged it
is moved aside and an empty one is begun; where it was deleted while the daemon runs,
the next use begins an empty one too.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Final

from homeport.daemon.storage.database import Database
from homeport.daemon.storage.migrations import Schema, Step
from homeport.policies.errors import DaemonTrouble

log = logging.getLogger(__name__)

_ANSWER = """
CREATE TABLE answer (
    n INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    request TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    strategy TEXT NOT NULL,
    policy TEXT NOT NULL,
    price TEXT NOT NULL,
    kept_ms INTEGER NOT NULL,
    ttl_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    cost_nano INTEGER,
    private INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL,
    near BLOB,
    words TEXT
)
"""

STEPS: tuple[Step, ...] = (
    (
        "PRAGMA application_id = 0x484F4D43",
        _ANSWER,
        "CREATE INDEX answer_by_use ON answer (used_ms, n, bytes)",
        "CREATE INDEX answer_by_request ON answer (request)",
        "CREATE INDEX answer_by_meaning ON answer (near, used_ms) WHERE near IS NOT NULL",
    ),
    (
        "ALTER TABLE answer ADD COLUMN around BLOB",
        "ALTER TABLE answer ADD COLUMN embedder TEXT",
        "ALTER TABLE answer ADD COLUMN vector BLOB",
        "CREATE INDEX answer_by_vector ON answer (around, embedder, used_ms)"
        " WHERE vector IS NOT NULL",
    ),
)

CACHED: Final = Schema(0x484F4D43, STEPS)
""""HOMC": neither a ledger nor kept texts."""

ASIDE = ".broken"
MENDABLE = ("database_broken",)


class CachedAnswers:
    """Owns the database of cached answers, from its first use to the stop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: Database | None = None
        self._opening = asyncio.Lock()
        self.trouble = ""
        """Why there is none, as a sentence; empty where there is, or nobody asked for it."""

    def __repr__(self) -> str:
        return f"CachedAnswers({self.path}, {'open' if self._database else 'not opened'})"

    @property
    def exists(self) -> bool:
        """Something was kept, by this daemon or one before it."""
        return self.path.exists()

    async def database(self) -> Database | None:
        """The open database; None where it cannot be had, which `trouble` explains."""
        if self._database is not None and self.path.exists():
            return self._database
        async with self._opening:
            if self._database is not None and not self.path.exists():
                await self._let_go()
            if self._database is None:
                await self._open()
        return self._database

    async def mend(self, error: DaemonTrouble) -> None:
        """A use of it failed: where it is damaged, begin an empty one at its next use."""
        if error.code not in MENDABLE:
            return
        async with self._opening:
            await self._let_go()
            await asyncio.to_thread(self._move_aside, error)

    async def delete(self) -> None:
        """Be rid of the file, so that nothing of what was kept is left on the disk."""
        async with self._opening:
            await self._let_go()
            await asyncio.to_thread(self._unlink, "", "-wal", "-shm", ASIDE)

    async def close(self) -> None:
        """Finish every write, then close."""
        async with self._opening:
            await self._let_go()

    def _unlink(self, *endings: str) -> None:
        for ending in endings:
            Path(f"{self.path}{ending}").unlink(missing_ok=True)

    async def _open(self) -> None:
        try:
            self._database = await self._opened()
        except DaemonTrouble as error:
            if self.trouble != error.sentence:
                log.warning("answers are not cached: %s", error.sentence)
            self.trouble = error.sentence
        else:
            self.trouble = ""

    async def _opened(self) -> Database:
        try:
            return await Database.open(self.path, CACHED)
        except DaemonTrouble as error:
            if error.code not in MENDABLE:
                raise
            await asyncio.to_thread(self._move_aside, error)
        return await Database.open(self.path, CACHED)

    def _move_aside(self, error: DaemonTrouble) -> None:
        """Nothing but answers that can be asked for again was in it."""
        try:
            os.replace(self.path, f"{self.path}{ASIDE}")
            self._unlink("-wal", "-shm")
        except OSError as reason:
            log.warning("the damaged %s could not be moved aside: %s", self.path, reason)
            return
        log.warning(
            "the cache of answers was damaged and begins anew; the old one is %s%s (%s)",
            self.path.name, ASIDE, error.__cause__ or error.code,
        )  # fmt: skip

    async def _let_go(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            await database.close()
