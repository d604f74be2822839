"""Where the month will end, and which requests were dearest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec
import pytest

from homeport.daemon.money import outlook
from homeport.daemon.money.corrections import BILLED, TAKEN_BACK, correction
from homeport.daemon.money.entries import Entry, entry_of, insert_entries
from homeport.daemon.money.windows import day_of, month_ends_ms
from homeport.daemon.storage.migrations import migrate
from support.ledgers import NOON_MS, a_reservation, a_settlement

DAY_MS = 86_400_000


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    yield connection
    connection.close()


def book(db: sqlite3.Connection, cost: int | None, days_ago: int = 0, **fields: object) -> Entry:
    at_ms = NOON_MS - days_ago * DAY_MS
    reservation = a_reservation(cost or 5, at_ms=at_ms, **fields)
    entry = entry_of(
        reservation, a_settlement(reservation.id, cost), day=day_of(at_ms), opens_request=True
    )
    insert_entries(db, [entry])
    return entry


def test_requests_are_told_with_all_their_attempts(db: sqlite3.Connection) -> None:
    book(db, 40, request="one", task="code", client="editor")
    book(db, None, request="one", model="sky/b")
    book(db, 50, request="two")
    book(db, 0, request="free")
    book(db, 900, days_ago=3, request="old")
    two, one = outlook.dearest(db, day_of(NOON_MS))
    assert (two.id, two.cost_nano, two.attempts, two.certain) == ("two", 50, 1, True)
    assert (one.id, one.cost_nano, one.attempts, one.certain) == ("one", 45, 2, False)
    assert (one.task, one.client) == ("code", "editor")


def test_what_was_charged_for_an_estimate_is_certain_and_no_attempt(
    db: sqlite3.Connection,
) -> None:
    estimate = book(db, None, request="one")
    back = correction(estimate, "back", TAKEN_BACK, -estimate.cost_nano, NOON_MS)
    billed = correction(estimate, "billed.1", BILLED, 3, NOON_MS)
    insert_entries(db, [back, msgspec.structs.replace(billed, certain=True)])
    (one,) = outlook.dearest(db, 0)
    assert (one.cost_nano, one.attempts, one.certain) == (3, 1, True)


def test_ten_are_enough(db: sqlite3.Connection) -> None:
    for cost in range(1, 13):
        book(db, cost)
    assert [one.cost_nano for one in outlook.dearest(db, 0)] == [*range(12, 2, -1)]


def test_the_month_goes_on_as_the_last_days_were(db: sqlite3.Connection) -> None:
    book(db, 1_000)
    for days_ago in (1, 2, 3, 4):
        book(db, 100 * days_ago, days_ago)
    found = outlook.projection(db, NOON_MS)
    left = (month_ends_ms(NOON_MS) - NOON_MS) / DAY_MS
    assert (found.month, found.spent_nano, found.a_day_nano) == ("2026-11", 2_000, 250)
    assert found.projected_nano == int(2_000 + 250 * left)
    assert "4 whole days" in found.method
    assert f"{left:.1f} days left" in found.method


def test_no_more_than_two_weeks_are_looked_back(db: sqlite3.Connection) -> None:
    book(db, 10**6, days_ago=15)
    book(db, 14, days_ago=14)
    found = outlook.projection(db, NOON_MS)
    assert found.a_day_nano == 1
    assert "14 whole days" in found.method


@pytest.mark.parametrize("some", [True, False])
def test_of_the_first_day_nothing_is_projected(db: sqlite3.Connection, some: bool) -> None:
    if some:
        book(db, 7)
    found = outlook.projection(db, NOON_MS)
    assert (found.projected_nano, found.spent_nano) == (None, 7 if some else 0)
    assert "No whole day" in found.method
