"""Rows go in together, each once and in their order."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from homeport.daemon.storage.rows import SIZES, insert


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100])
def test_every_row_goes_in_once_and_in_order(count: int) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE note (n INTEGER, text TEXT)")
        statements: list[str] = []
        db.set_trace_callback(statements.append)
        rows = [(number, f"row {number}") for number in range(count)]
        insert(db, "INSERT INTO note (n, text)", rows)
        inserts = [text for text in statements if text.startswith("INSERT")]
        assert db.execute("SELECT * FROM note ORDER BY rowid").fetchall() == rows
        assert len(inserts) <= count // SIZES[0] + len(SIZES)
