"""Many rows in few statements.

Each statement that runs hands the interpreter over and waits to get it back: thirty-two
rows in one cost a request, whose turn that is, no more than one row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

SIZES = (32, 16, 8, 4, 2, 1)
"""Rows that go in together: few numbers, so that SQLite keeps the statements ready."""


def insert(db: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows of the same length. `into` is the statement up to its values."""
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            some = rows[start : start + size]
            statement = _statement(into, len(some[0]), size)
            db.execute(statement, [value for row in some for value in row])
            start += size


@lru_cache(maxsize=64)
def _statement(into: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{into} VALUES {', '.join([row] * rows)}"
