"""Where the month will end, and which requests were dearest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.money import outlook
from homeport.daemon.money.corrections import BILLED, CHARGED_ONCE, TAKEN_BACK, correction
from homeport.daemon.money.entries import Entry, entry_of, insert_entries
from homeport.daemon.money.folding import Folding, entries_behind
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


def test_the_dearest_may_be_dear_by_many_small_attempts(db: sqlite3.Connection) -> None:
    for _ in range(100):
        book(db, 100)
    for _ in range(8):
        book(db, 99, request="ensemble")
    found = outlook.dearest(db, 0)
    assert [(one.id, one.cost_nano, one.attempts) for one in found[:1]] == [("ensemble", 792, 8)]
    assert [one.cost_nano for one in found[1:]] == [100] * 9


def test_what_was_taken_back_takes_no_place(db: sqlite3.Connection) -> None:
    for number in range(120):
        dear = book(db, 1_000, request=f"back{number}")
        insert_entries(db, [correction(dear, "once", CHARGED_ONCE, -1_000, NOON_MS)])
    book(db, 3, request="one")
    assert [one.id for one in outlook.dearest(db, 0)] == ["one"]


@settings(max_examples=40, deadline=None)
@given(
    drawn=st.lists(
        st.tuples(st.integers(0, 14), st.sampled_from([0, 1, 2, 9]), st.integers(-9, 30)),
        max_size=40,
    ),
    folded=st.integers(0, 40),
    since=st.sampled_from([0, 20261119, 20261120, 20261121]),
)
def test_the_ten_dearest_are_those_of_a_plain_sum(
    drawn: list[tuple[int, int, int]], folded: int, since: int
) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        for number, (request, days_ago, cost) in enumerate(drawn):
            if number == folded:
                while entries_behind(db):
                    Folding(None).fold(db)  # type: ignore[arg-type]
            entry = book(db, abs(cost), days_ago, request=f"r{request}")
            if cost < 0:
                insert_entries(db, [correction(entry, "once", CHARGED_ONCE, cost, NOON_MS)])
        plain = db.execute(
            "SELECT sum(cost_nano) FROM entry WHERE day >= ? GROUP BY request "
            "HAVING sum(cost_nano) > 0 ORDER BY 1 DESC LIMIT 10",
            (since,),
        )
        found = outlook.dearest(db, since)
        assert [one.cost_nano for one in found] == [cost for (cost,) in plain]
        assert len({one.id for one in found}) == len(found)


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
