"""Numbered steps: each taken once, in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.daemon.money import entries
from homeport.daemon.storage.migrations import APPLICATION_ID, STEPS, migrate, schema_version
from support.ledgers import a_reservation, a_settlement


@pytest.fixture
def raw() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def test_missing_steps_are_taken_once_each(raw: sqlite3.Connection) -> None:
    steps = (*STEPS, ("CREATE TABLE later (n INTEGER)", "INSERT INTO later VALUES (1)"))
    assert migrate(raw) == len(STEPS)
    assert migrate(raw, steps) == 1
    assert migrate(raw, steps) == 0
    assert schema_version(raw) == len(steps)
    assert raw.execute("SELECT n FROM later").fetchall() == [(1,)]


def test_a_step_that_fails_leaves_the_one_before(raw: sqlite3.Connection) -> None:
    steps = (("CREATE TABLE a (n)",), ("CREATE TABLE b (n)", "CREATE TABLE a (n)"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(raw, steps)
    assert schema_version(raw) == 1
    assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]


def test_the_file_is_marked_as_ours(raw: sqlite3.Connection) -> None:
    migrate(raw)
    assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    tables = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    names = [row[0] for row in tables]
    assert names == [
        *("alert", "answer_sum", "budget_raise", "decision", "decision_sum", "entry", "folded"),
        "outcomes",
        *("part", "request_sum", "reservation", "session", "session_sum", "total"),
    ]


def test_what_was_told_of_an_hour_stays_told(raw: sqlite3.Connection) -> None:
    migrate(raw, STEPS[:9])
    told = "INSERT INTO alert VALUES (?, 'all', '', ?, ?, 5)"
    raw.executemany(told, [("hour", "498684", 0), ("day", "20261121", 50)])
    migrate(raw)
    columns = "window, period, limit_nano, threshold, at_ms, unsent"
    assert raw.execute(f"SELECT {columns} FROM alert").fetchall() == [  # noqa: S608 - names
        ("hour", "498684", 0, 0, 5, None)
    ]


def test_entries_of_an_older_program_are_read_as_they_were(raw: sqlite3.Connection) -> None:
    migrate(raw, STEPS[:10])
    columns = [row[1] for row in raw.execute("PRAGMA table_info(entry)")]
    reservation = a_reservation(100)
    end = a_settlement(reservation.id, 40)
    booked = entries.entry_of(reservation, end, day=20261121, opens_request=True)
    names = entries._ENTRY.split(", ")
    row = dict(zip(names, entries._entry_row(booked), strict=True))
    known = [name for name in columns if name in row]
    assert set(names) - set(known) == {"searches", "terms"}
    raw.execute(
        f"INSERT INTO entry ({', '.join(known)}) VALUES ({', '.join('?' * len(known))})",  # noqa: S608 - names
        [row[name] for name in known],
    )
    migrate(raw)
    assert entries.find_entry(raw, booked.id) == booked


def test_every_column_is_in_the_readme(raw: sqlite3.Connection) -> None:
    told = (Path(__file__).parents[3] / "daemon" / "README.md").read_text(encoding="utf-8")
    migrate(raw)
    for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        assert [name for name in (table, *columns) if f"`{name}`" not in told] == []
