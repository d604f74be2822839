"""A database with one table in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.daemon.storage.database import Database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "state" / "ledger.db")
    await database.write(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE, size INTEGER)"))
    yield database
    await database.close()
