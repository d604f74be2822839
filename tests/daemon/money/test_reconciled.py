"""What a provider charged takes the place of estimates, by entries of their own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.daemon.money import entries, kept_sums
from homeport.daemon.money.charged_once import take_back
from homeport.daemon.money.entries import CRASHED, Settlement
from homeport.daemon.money.folding import Folding
from homeport.daemon.money.reconciled import (
    ALIKE_NANO,
    CRASHED_MS,
    DAY_MS,
    UNSEEN_MS,
    Reconciled,
    Sums,
    reconcile,
    with_estimates,
)
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.migrations import migrate
from support.ledgers import NOON_MS, a_reservation

DAY = NOON_MS // DAY_MS - 3
CENT = 10_000_000
MODEL = "openai/gpt-5"
HOUR_MS = 3_600_000


@contextlib.contextmanager
def books() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        yield db


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with books() as opened:
        yield opened


def book(
    db: sqlite3.Connection,
    cost: int | None,
    *,
    certain: bool = True,
    worst: int = 10 * CENT,
    hour: float = 12,
    lasted_ms: int = 5_000,
    day: int = DAY,
    **fields: object,
) -> str:
    """One attempt; a cost of None is a crash."""
    at_ms = day * DAY_MS + int(hour * HOUR_MS)
    reservation = a_reservation(worst, at_ms=at_ms, **fields)
    end = Settlement(
        id=reservation.id,
        usage=Usage(input=10, output=5, certain=certain),
        cost_nano=cost,
        outcome="done" if cost is not None else CRASHED,
        ended_ms=at_ms + lasted_ms,
    )
    entry = entries.entry_of(reservation, end, day=day_of(at_ms), opens_request=True)
    entries.insert_entries(db, [entry])
    return entry.id


def charged(nano: int | dict[int, int], model: str = MODEL) -> Sums:
    sums = nano if isinstance(nano, dict) else {DAY: nano}
    return Sums(provider="openai", model=model, nano=sums)


def total(db: sqlite3.Connection, model: str = MODEL) -> tuple[int, int]:
    """What the rows of a model come to, and the part of it that is an estimate."""
    query = "SELECT sum(cost_nano), sum(cost_nano * NOT certain) FROM entry WHERE model = ?"
    return tuple(db.execute(query, (model,)).fetchone())  # type: ignore[return-value]


def rows(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    return db.execute("SELECT * FROM entry ORDER BY n").fetchall()


def test_a_crash_costs_what_was_charged_and_each_row_says_why(db: sqlite3.Connection) -> None:
    book(db, 3 * CENT)
    crashed = book(db, None, client="editor", tags=("work",), session="s")
    before = rows(db)
    found = reconcile(db, charged(5 * CENT), DAY, NOON_MS)
    assert (found.before_nano, found.after_nano, found.sentence) == (10 * CENT, 2 * CENT, "")
    assert rows(db)[:2] == before, "nothing that is booked is changed"
    assert total(db) == (5 * CENT, 0)
    back, billed = found.entries
    assert (back.id, back.cost_nano, back.certain) == (f"{crashed}.back", -10 * CENT, False)
    assert (billed.id, billed.cost_nano, billed.certain) == (f"{crashed}.billed.1", 2 * CENT, True)
    assert (billed.client, billed.tags, billed.session) == ("editor", ("work",), "s")
    assert billed.price_source == f"openai charged {5 * CENT} nano-dollars"
    assert billed.price_date == "2026-11-18"
    assert entries.find_entry(db, billed.id) == billed


def test_the_same_again_is_nothing_and_other_figures_are_the_difference(
    db: sqlite3.Connection,
) -> None:
    estimate = book(db, 4 * CENT, certain=False)
    reconcile(db, charged(5 * CENT), DAY, NOON_MS)
    assert reconcile(db, charged(5 * CENT), DAY, NOON_MS).entries == []
    (more,) = reconcile(db, charged(7 * CENT), DAY, NOON_MS).entries
    assert (more.id, more.cost_nano) == (f"{estimate}.billed.2", 2 * CENT)
    (less,) = reconcile(db, charged(6 * CENT), DAY, NOON_MS).entries
    assert (less.id, less.cost_nano) == (f"{estimate}.billed.3", -CENT)
    assert total(db) == (6 * CENT, 0)


@pytest.mark.parametrize(
    ("nano", "said"),
    [
        (2 * CENT, r"charged \$0\.02, less than the \$0\.03 that are certain"),
        (14 * CENT, r"charged \$0\.11 beside .* could come to \$0\.10 at most: others ask"),
    ],
)
def test_a_sum_that_is_not_of_these_attempts_books_nothing(
    db: sqlite3.Connection, nano: int, said: str
) -> None:
    book(db, 3 * CENT)
    book(db, None)
    before = rows(db)
    found = reconcile(db, charged(nano), DAY, NOON_MS)
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(found.sentence)
    assert (found.entries, rows(db)) == ([], before)


def test_rounding_is_no_difference(db: sqlite3.Connection) -> None:
    book(db, 3 * CENT)
    book(db, None)
    found = reconcile(db, charged(3 * CENT - ALIKE_NANO), DAY, NOON_MS)
    assert (found.after_nano, found.sentence) == (0, "")


def test_models_are_told_apart_or_nothing_is_booked(db: sqlite3.Connection) -> None:
    book(db, None)
    book(db, CENT, model="openai/other")
    assert reconcile(db, charged(6 * CENT, model=""), DAY, NOON_MS).after_nano == 5 * CENT
    book(db, None, model="openai/other")
    both = reconcile(db, charged(9 * CENT, model=""), DAY, NOON_MS)
    assert "openai/gpt-5, openai/other" in both.sentence
    other = reconcile(db, charged(3 * CENT, "openai/other"), DAY, NOON_MS)
    assert (other.after_nano, total(db), total(db, "openai/other")[0]) == (
        *(2 * CENT, (5 * CENT, 0)),
        3 * CENT,
    )


def test_days_with_an_attempt_between_them_are_told_together(db: sqlite3.Connection) -> None:
    book(db, CENT, hour=23.999, lasted_ms=60_000)
    book(db, None)
    alone = reconcile(db, charged(3 * CENT), DAY, NOON_MS)
    assert alone.sentence == "No charge of openai/gpt-5 is told of the whole of 2026-11-19."
    found = reconcile(db, charged({DAY: 3 * CENT, DAY + 1: CENT}), DAY, NOON_MS)
    assert (found.first, found.last, found.after_nano) == (DAY, DAY + 1, 3 * CENT)
    assert found.entries[-1].price_source.endswith("to 2026-11-19")
    again = reconcile(db, charged({DAY: 3 * CENT, DAY + 1: CENT}), DAY + 1, NOON_MS)
    assert (again.first, again.entries) == (DAY, [])


def test_what_was_cut_off_before_midnight_may_be_charged_after_it(db: sqlite3.Connection) -> None:
    book(db, CENT, certain=False, hour=23.9, lasted_ms=1_000)
    found = reconcile(db, charged({DAY: CENT, DAY + 1: CENT}), DAY, NOON_MS)
    assert (found.last, found.after_nano) == (DAY + 1, 2 * CENT)


def test_what_has_not_ended_is_waited_for(db: sqlite3.Connection) -> None:
    book(db, None)
    entries.insert_reservation(db, a_reservation(5, at_ms=DAY * DAY_MS), 20261118, True)
    assert "has not ended" in reconcile(db, charged(CENT), DAY, NOON_MS).sentence


def test_what_its_server_charged_once_stays_so_and_what_was_billed_too(
    db: sqlite3.Connection,
) -> None:
    book(db, None, request="a")
    book(db, None, request="b")
    assert len(take_back(db, ["a"], MODEL, NOON_MS)) == 1
    found = reconcile(db, charged(4 * CENT), DAY, NOON_MS)
    assert (found.attempts, total(db)) == (1, (4 * CENT, 0))
    assert take_back(db, ["a", "b"], MODEL, NOON_MS) == []
    assert total(db) == (4 * CENT, 0)


TRIED = st.fixed_dictionaries(
    {
        "cost": st.one_of(st.none(), st.integers(0, 20).map(lambda cents: cents * CENT)),
        "certain": st.booleans(),
        "worst": st.integers(0, 20).map(lambda cents: cents * CENT),
        "hour": st.sampled_from([0, 0.001, 9, 12, 23.9, 23.9999]),
        "lasted_ms": st.sampled_from([0, 2_000, 3 * HOUR_MS]),
        "day": st.integers(DAY - 1, DAY + 1),
        "model": st.sampled_from([MODEL, "openai/other"]),
    }
)
TRUTHS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=7, max_size=7)
"""Of each attempt, what part of its worst case it cost, and whether it was charged at its end."""


@given(
    st.lists(TRIED, max_size=7),
    st.lists(TRUTHS, min_size=1, max_size=3),
    st.sampled_from([MODEL, ""]),
)
def test_whatever_is_charged_the_books_hold_it_exactly(
    attempts: list[dict[str, object]], truths: list[list[tuple[float, bool]]], model: str
) -> None:
    with books() as db:
        ids = [book(db, **attempt) for attempt in attempts]  # type: ignore[arg-type]
        first = rows(db)
        for truth in truths:
            told = charged(_told(db, ids, truth, model), model)
            for found in _reconciled_all(db, told):
                _holds(db, found, told)
            before = rows(db)
            assert [one.entries for one in _reconciled_all(db, told) if one.entries] == []
            assert rows(db) == before, "twice is once"
        assert rows(db)[: len(first)] == first
        _folded_as_summed(db)


def _told(
    db: sqlite3.Connection, ids: list[str], truth: list[tuple[float, bool]], model: str
) -> dict[int, int]:
    """What a provider tells by day, where each attempt cost what the truth has of it."""
    nano = dict.fromkeys(range(DAY - 3, DAY + 4), 0)
    for name, (part, is_late) in zip(ids, truth, strict=False):
        entry = entries.find_entry(db, name)
        assert entry is not None
        most = max(entry.cost_nano, entry.worst_nano)
        cost = entry.cost_nano if entry.certain else int(most * part)
        lasted = 0 if entry.certain else UNSEEN_MS
        ended = entry.at_ms + CRASHED_MS if entry.outcome == CRASHED else entry.ended_ms + lasted
        if model in ("", entry.model):
            nano[(ended if is_late else entry.at_ms) // DAY_MS] += cost
    return nano


def _reconciled_all(db: sqlite3.Connection, sums: Sums) -> Iterator[Reconciled]:
    for model, day in with_estimates(db, "openai", DAY - 3, DAY + 3):
        if sums.model in ("", model):
            yield reconcile(db, sums, day, NOON_MS)


def _holds(db: sqlite3.Connection, found: Reconciled, told: Sums) -> None:
    """Of these days everything that was charged, and nothing is an estimate any more."""
    if found.sentence:
        assert told.model == ""
        assert "of all models together" in found.sentence
        return
    query = (
        "SELECT ifnull(sum(cost_nano), 0), ifnull(sum(cost_nano * NOT certain), 0) FROM entry "
        "WHERE at_ms >= ? AND at_ms < ? AND ? IN ('', model)"
    )
    bounds = (found.first * DAY_MS, (found.last + 1) * DAY_MS, told.model)
    cost = sum(told.nano[day] for day in range(found.first, found.last + 1))
    assert db.execute(query, bounds).fetchone() == (cost, 0)


def _folded_as_summed(db: sqlite3.Connection) -> None:
    """What is kept of each model is what its rows come to."""
    folding = Folding(None)  # type: ignore[arg-type]
    while folding.fold(db):
        pass
    for name, sums in kept_sums.from_day_on(db, "model", 20260101).items():
        assert sums[kept_sums.COST] == total(db, name)[0]
