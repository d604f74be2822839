"""Requests with several entries: summed as they come in, and found by what they cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from homeport.daemon.money import request_sums
from homeport.daemon.money.entries import entry_of, insert_entries
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.migrations import migrate
from support.ledgers import NOON_MS, a_reservation, a_settlement

DAY_MS = 86_400_000
TODAY, YESTERDAY = day_of(NOON_MS), day_of(NOON_MS - DAY_MS)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def book(db: sqlite3.Connection, request: str, cost: int, days_ago: int = 0) -> None:
    held = a_reservation(cost, request=request, at_ms=NOON_MS - days_ago * DAY_MS)
    settlement = a_settlement(held.id, cost)
    day = day_of(held.at_ms)
    insert_entries(db, [entry_of(held, settlement, day=day, opens_request=True)])


def kept(db: sqlite3.Connection) -> list[tuple[str, int, int, int]]:
    return db.execute("SELECT * FROM request_sum ORDER BY request").fetchall()


def test_only_what_has_several_entries_with_a_cost_is_summed(db: sqlite3.Connection) -> None:
    for request, cost in [("one", 5), ("two", 3), ("two", 4), ("free", 9), ("free", 0)]:
        book(db, request, cost)
    request_sums.keep(db, 0, 5)
    assert kept(db) == [("two", TODAY, TODAY, 7)]
    book(db, "one", 6, days_ago=1)
    request_sums.keep(db, 5, 6)
    assert kept(db) == [("one", YESTERDAY, TODAY, 11), ("two", TODAY, TODAY, 7)]


def test_those_that_may_be_dearest(db: sqlite3.Connection) -> None:
    for request, cost in [("a", 5), ("a", 5), ("b", 6), ("b", 6), ("c", 1), ("c", 1)]:
        book(db, request, cost)
    request_sums.keep(db, 0, 6)
    db.execute("UPDATE folded SET n = 6 WHERE part = 'requests'")
    assert [*request_sums.may_be_dearest(db, [TODAY], TODAY, 1)] == ["b"]
    book(db, "c", 20)
    assert {*request_sums.may_be_dearest(db, [TODAY], TODAY, 1)} >= {"b", "c"}
    book(db, "d", 30, days_ago=1)
    book(db, "d", 30)
    request_sums.keep(db, 6, 9)
    assert "d" in request_sums.may_be_dearest(db, [TODAY], TODAY, 1), "it began before"


def test_entries_come_in_the_order_of_their_cost(db: sqlite3.Connection) -> None:
    book(db, "a", 1)
    book(db, "b", 3, days_ago=1)
    book(db, "c", 2)
    book(db, "d", 0)
    rows = [*request_sums.dearest_entries(db, [YESTERDAY, TODAY])]
    assert rows == [(3, "b"), (2, "c"), (1, "a")]
