"""Many rows in few statements.

Each statement that runs hands the interpreter over and waits to get it back: thirty-two
rows in one cost a request, whose turn that is, no more than one row. What is unknown in all
of them stands in the statement: a None that is bound asks Python first how to adapt it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache

SIZES = (32, 16, 8, 4, 2, 1)
"""Rows that go in together: few numbers, so that SQLite keeps the statements ready."""


def insert(
    db: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]], then: str = ""
) -> None:
    """Insert rows of the same length. `into` is the statement up to its values, and `then` what
    comes after them."""
    start = 0
    for size in SIZES:
        while len(rows) - start >= size:
            some = rows[start : start + size]
            unknown = _unknown(some)
            statement = _statement(into, len(some[0]), size, unknown, then)
            values = [value for row in some for value in row]
            if unknown:
                values = [value for value in values if value is not None]
            db.execute(statement, values)
            start += size


def _unknown(rows: Sequence[tuple[object, ...]]) -> tuple[int, ...]:
    """Places of what is None, where it is so in all rows and in these places alone."""
    first, *others = [tuple([at for at, it in enumerate(row) if it is None]) for row in rows]
    return first if others.count(first) == len(others) else ()


@lru_cache(maxsize=128)
def _statement(into: str, columns: int, rows: int, unknown: tuple[int, ...], then: str) -> str:
    signs = ["NULL" if at in unknown else "?" for at in range(columns)]
    row = f"({', '.join(signs)})"
    return f"{into} VALUES {', '.join([row] * rows)} {then}"
