"""What is booked for an attempt, and how its rows come back."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.daemon.money import entries
from homeport.daemon.money.entries import ByTerms, Entry, entry_of
from homeport.daemon.storage.migrations import migrate
from support.ledgers import a_reservation, a_settlement

DAY = 20261121
EXACT = Usage(input=10, output=5)
COUNTED = Usage(input=10, output=5, certain=False)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def entry(worst: int = 100, cost: int | None = 40, **fields: object) -> Entry:
    usage = fields.pop("usage", EXACT)
    reservation = a_reservation(worst, **fields)
    settlement = a_settlement(reservation.id, cost, usage=usage)
    return entry_of(reservation, settlement, day=DAY, opens_request=True)


@pytest.mark.parametrize(
    ("worst", "cost", "usage", "booked", "certain"),
    [
        (100, 40, EXACT, 40, True),
        (100, 40, COUNTED, 40, False),
        (100, 0, None, 0, True),  # nothing was sent
        (100, None, EXACT, 100, False),
        (100, None, None, 100, False),
        (100, 250, EXACT, 250, True),  # dearer than was thought possible, and true
        (0, 0, COUNTED, 0, True),  # free
        (0, None, None, 0, True),
        (100, -1, EXACT, 100, False),
        (100, 2**80, EXACT, 100, False),
    ],
)
def test_what_is_booked(
    worst: int, cost: int | None, usage: Usage | None, booked: int, certain: bool
) -> None:
    found = entry(worst, cost, usage=usage)
    assert (found.cost_nano, found.certain) == (booked, certain)


def test_nothing_in_the_cloud_is_free_without_a_price() -> None:
    assert not entry(0, None, price_source="").certain
    assert entry(0, None, price_source="", place="lan").certain


def test_numbers_that_no_answer_can_have_are_unknown() -> None:
    garbage = Usage(input=-5, output=2**70, reasoning=7)
    found = entry(usage=garbage)
    assert found.usage == Usage(reasoning=7, certain=False)
    assert not found.certain


def test_an_unknown_usage_is_unknown_and_not_zero() -> None:
    assert entry(usage=None).usage == Usage(certain=False)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=4),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.booleans(),
)
def test_an_entry_comes_back_as_it_was(
    tags: list[str], worst: int, tokens: int | None, certain: bool
) -> None:
    usage = Usage(input=tokens, cache_read=3, output_audio=tokens, certain=certain)
    written = entry(worst, worst // 2, usage=usage, tags=tuple(sorted(set(tags))), session="talk")
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        assert entries.insert_entries(db, [written]) == [written]
        assert entries.insert_entries(db, [written]) == []
        assert entries.find_entry(db, written.id) == written
        assert entries.find_entry(db, "another") is None


def test_what_changed_its_price_comes_back(db: sqlite3.Connection) -> None:
    reservation = a_reservation(100, price_date="2026-01-02")
    terms = (("service_tier", "priority"), ("speed", "fast"))
    settlement = a_settlement(
        reservation.id,
        usage=Usage(input=1, output=1, searches=4),
        by_terms=ByTerms(terms, "a newer list", "2026-11-01"),
    )
    written = entry_of(reservation, settlement, day=DAY, opens_request=True)
    assert (written.price_source, written.price_date) == ("a newer list", "2026-11-01")
    entries.insert_entries(db, [written])
    found = entries.find_entry(db, written.id)
    assert found == written
    assert (found.terms, found.usage.searches) == (terms, 4)


def test_a_reservation_comes_back_until_it_is_let_go(db: sqlite3.Connection) -> None:
    held = a_reservation(70, tags=("b", "a", "b"))
    entries.insert_reservation(db, held, DAY, opens_request=False)
    [(found, day, opens_request)] = entries.left_over(db)
    assert (found.id, found.worst_nano, found.tags) == (held.id, 70, ("a", "b"))
    assert (day, opens_request) == (DAY, False)
    with pytest.raises(sqlite3.IntegrityError):
        entries.insert_reservation(db, held, DAY, opens_request=False)
    entries.delete_reservations(db, [(held.id,)])
    entries.delete_reservations(db, [(held.id,)])
    assert entries.left_over(db) == []
