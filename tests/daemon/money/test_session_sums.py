"""Sums of sessions: which were dearest, and what was spent in one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from homeport.daemon.money import session_sums
from homeport.daemon.money.entries import entry_of, insert_entries
from homeport.daemon.money.folding import Folding
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.migrations import migrate
from support.ledgers import NOON_MS, a_reservation, a_settlement

DAY_MS = 86_400_000
TODAY, YESTERDAY = day_of(NOON_MS), day_of(NOON_MS - DAY_MS)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def book(db: sqlite3.Connection, session: str, cost: int, days_ago: int = 0, **of: object) -> None:
    at_ms = NOON_MS - days_ago * DAY_MS
    reservation = a_reservation(cost, session=session, at_ms=at_ms, **of)
    end = a_settlement(reservation.id, cost)
    insert_entries(db, [entry_of(reservation, end, day=day_of(at_ms), opens_request=True)])


def sum_up(db: sqlite3.Connection) -> None:
    Folding(None).fold(db)  # type: ignore[arg-type]


def dearest(db: sqlite3.Connection, since: int, most: int = 9) -> list[tuple[str, int]]:
    return [(name, sums[6]) for name, sums in session_sums.dearest(db, since, most)]


def test_those_that_began_before_count_from_the_day_on(db: sqlite3.Connection) -> None:
    book(db, "long", 50, days_ago=1)
    book(db, "long", 30)
    book(db, "over", 90, days_ago=1)
    book(db, "new", 40)
    sum_up(db)
    assert dearest(db, TODAY) == [("new", 40), ("long", 30)]
    assert dearest(db, YESTERDAY) == [("over", 90), ("long", 80), ("new", 40)]
    assert dearest(db, YESTERDAY, 1) == [("over", 90)]


def test_what_came_since_the_last_summing_is_in_it(db: sqlite3.Connection) -> None:
    book(db, "long", 50, days_ago=1)
    book(db, "new", 40)
    sum_up(db)
    book(db, "long", 45)
    book(db, "newer", 5)
    assert dearest(db, TODAY) == [("long", 45), ("new", 40), ("newer", 5)]
    book(db, "over", 100, days_ago=1)
    sum_up(db)
    book(db, "over", 1)
    assert dearest(db, TODAY, 2) == [("long", 45), ("new", 40)]
    assert dict(dearest(db, TODAY))["over"] == 1


def test_what_was_spent_in_one_is_known_by_its_labels(db: sqlite3.Connection) -> None:
    book(db, "one", 50, days_ago=1, client="editor", tags=("work",))
    book(db, "two", 7)
    sum_up(db)
    book(db, "one", 30, client="editor", tags=("work",))
    book(db, "one", 20)
    found = session_sums.spent_in(db, "one")
    assert sorted(found) == [("", (), 20), ("editor", ("work",), 30), ("editor", ("work",), 50)]
    assert session_sums.spent_in(db, "none") == []
