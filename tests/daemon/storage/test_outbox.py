"""Rows of the outbox: each with a checksum over all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from homeport.daemon.storage.migrations import migrate
from homeport.daemon.storage.outbox import OUTBOX, Row, delete, every, insert, one, size, update


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, OUTBOX.steps)
    yield connection
    connection.close()


def row(item: str = "a", **fields: object) -> Row:
    return Row(0, item, "", "", b"{}", b"body", b"")._replace(**fields)  # type: ignore[arg-type]


def test_a_row_comes_back_as_it_was(db: sqlite3.Connection) -> None:
    (added,) = insert(db, [row()])
    assert one(db, "a") == added
    assert added.is_intact
    assert one(db, "b") is None


def test_a_line_of_a_file_is_kept_once_and_what_is_no_line_by_its_id(
    db: sqlite3.Connection,
) -> None:
    assert len(insert(db, [row("a", batch="f", custom_id="1"), row("b"), row("c")])) == 3
    assert insert(db, [row("d", batch="f", custom_id="1"), row("b")]) == []
    assert len(insert(db, [row("d", batch="g", custom_id="1")])) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("batch", "x"), ("custom_id", "x"), ("head", b"x"), ("body", b"x"), ("answer", b"x"),
     ("checksum", b"x"), ("body", "text"), ("head", 7)],
)  # fmt: skip
def test_whatever_is_changed_is_known(db: sqlite3.Connection, column: str, value: object) -> None:
    insert(db, [row()])
    db.execute(f"UPDATE item SET {column} = ?", (value,))  # noqa: S608 - a column of ours
    found = one(db, "a")
    assert found is not None
    assert not found.is_intact
    ((head, _),) = every(db)
    assert head.checksum == b""


def test_parts_that_move_between_columns_are_a_change() -> None:
    assert row(head=b"ab", body=b"c").sum() != row(head=b"a", body=b"bc").sum()


def test_an_update_has_a_sum_of_its_own_and_sizes_follow(db: sqlite3.Connection) -> None:
    (added,) = insert(db, [row()])
    update(db, added._replace(answer=b"answer"))
    assert size(db) == (1, 10)
    found = one(db, "a")
    assert found is not None
    assert found.is_intact
    assert [(head.id, of, head.body) for head, of in every(db)] == [("a", 10, b"")]
    update(db, added._replace(body=b"", answer=b""))
    assert size(db) == (0, 0)
    delete(db, added.n)
    assert every(db) == []
