"""`cache.db`: private, and never missed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from homeport.daemon.storage.cached import CACHED, CachedAnswers
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.migrations import Schema
from homeport.policies.errors import DaemonTrouble


async def count(cached: CachedAnswers) -> int:
    database = await cached.database()
    assert database is not None
    rows = await database.read(lambda db: db.execute("SELECT n FROM answer").fetchall())
    return len(rows)


async def test_it_is_made_at_its_first_use_for_the_owner_alone(tmp_path: Path) -> None:
    cached = CachedAnswers(tmp_path / "cache.db")
    assert not cached.exists
    assert await count(cached) == 0
    assert cached.path.stat().st_mode & 0o777 == 0o600
    await cached.close()
    await cached.close()


async def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    newer(path)
    cached = CachedAnswers(path)
    assert await cached.database() is None
    assert "newer" in cached.trouble
    assert path.exists()


def newer(path: Path) -> None:
    """As a later program would leave it."""
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA application_id = {CACHED.application_id}")
    db.execute("PRAGMA user_version = 99")
    db.execute("CREATE TABLE answer (n)")
    db.close()


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
async def test_a_damaged_one_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(content)
    cached = CachedAnswers(path)
    assert await count(cached) == 0
    assert (tmp_path / "cache.db.broken").read_bytes() == content
    await cached.close()


async def test_one_that_breaks_in_use_is_begun_anew(tmp_path: Path) -> None:
    cached = CachedAnswers(tmp_path / "cache.db")
    assert await count(cached) == 0
    await cached.mend(DaemonTrouble("no room", code="disk_full"))
    assert not (tmp_path / "cache.db.broken").exists()
    await cached.mend(DaemonTrouble("a bad page", code="database_broken"))
    assert (tmp_path / "cache.db.broken").exists()
    assert await count(cached) == 0
    await cached.close()


async def test_answers_of_an_older_program_stay(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    older = await Database.open(path, Schema(CACHED.application_id, CACHED.steps[:1]))
    columns = (
        "key, request, model, version, strategy, policy, price, kept_ms, ttl_ms, used_ms, hits, "
        "private, bytes, body"
    )
    values = "x'01', 'r', 'm', '', '', '', '', 0, 9, 0, 0, 0, 1, x'02'"
    await older.write(
        lambda db: db.execute(f"INSERT INTO answer ({columns}) VALUES ({values})")  # noqa: S608
    )
    await older.close()
    cached = CachedAnswers(path)
    assert await count(cached) == 1
    await cached.close()
