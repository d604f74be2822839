"""Whatever is booked in whatever order: every sum that is kept is that of its entries."""

from __future__ import annotations

import contextlib
import datetime
import random
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.client.wire import SpendGroup
from homeport.daemon.money import folding, outlook, savings, session_sums, spend, turns
from homeport.daemon.money.booked import booked
from homeport.daemon.money.corrections import CHARGED_ONCE
from homeport.daemon.money.entries import Entry, entry_of, insert_entries
from homeport.daemon.money.folding import Folding, begin_again, days_out_of_step
from homeport.daemon.money.kept_sums import OF_ENTRIES, SUMS
from homeport.daemon.money.price import flat
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.migrations import STEPS, migrate
from support.kept import check_sums
from support.ledgers import NOON_MS, a_reservation, a_settlement

DAY_MS = 86_400_000
TOKENS = [None, 0, 10, 1_100, 32_001, 250_000]


@pytest.fixture(scope="module", autouse=True)
def few_at_once() -> Iterator[None]:
    """So that a few entries take several transactions, and reach over one another's ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "OFTEN", 3)
        patch.setattr(folding, "AT_ONCE", 3)
        patch.setattr(turns, "REACH", 5)
        patch.setattr("support.kept.REACH", 5)
        yield


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        yield connection


def some_entries(seed: int) -> list[Entry]:
    """A few that have much in common."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [an_entry(chance.choice) for _ in range(chance.randrange(7))]


def an_entry(pick: Callable[[Any], Any]) -> Entry:
    at_ms = NOON_MS - pick([0, 1_000, 290_000, DAY_MS, 40 * DAY_MS])
    reservation = a_reservation(
        pick([0, 50]),
        request=pick("abcdef"),
        model=pick(["sky/a", "sky/b"]),
        provider=pick(["sky", "sea"]),
        place=pick(["cloud", "local"]),
        client=pick(["", "editor"]),
        session=pick(["", "one", "two"]),
        tags=pick([(), ("work",), ("play", "work")]),
        task=pick(["", "code"]),
        at_ms=at_ms,
    )
    settlement = a_settlement(
        reservation.id,
        pick([None, 0, 3, 10**12]),
        usage=Usage(
            input=pick(TOKENS), output=pick(TOKENS), cache_read=pick(TOKENS), certain=pick([0, 1])
        ),
        outcome=pick(["done", "done", "reset", "crashed", CHARGED_ONCE]),
        energy_mj=pick([None, 7]),
        energy_nano=pick([None, 9]),
        energy_certain=pick([None, False, True]),
    )
    return entry_of(reservation, settlement, day=day_of(at_ms), opens_request=pick([False, True]))


def folding_by_hand() -> Folding:
    """One that waits for no entry, and writes when it is told to."""
    return Folding(None)  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    moves=st.lists(st.integers(0, 10_000) | st.sampled_from(["fold", "restart"]), max_size=12),
    since=st.sampled_from([0, 20261001, 20261012, 20261101, 20261120, 20261121, 20261122]),
)
def test_what_is_kept_and_told_is_the_sum_of_the_entries(moves: list[Any], since: int) -> None:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        bringing = folding_by_hand()
        for move in moves:
            if move == "restart":
                bringing = folding_by_hand()
            elif move == "fold":
                bringing.fold(db)
                check_sums(db)
            else:
                insert_entries(db, some_entries(move))
        told = what_is_told(db, since)
        begin_again(db)
        assert what_is_told(db, since) == told
        while bringing.fold(db):
            check_sums(db)
        assert what_is_told(db, since) == told


def what_is_told(db: sqlite3.Connection, since: int) -> list[Any]:
    groups: tuple[SpendGroup, ...] = get_args(SpendGroup)
    day = datetime.date(2026, 10, 1), datetime.date(2026, 11, 30)
    price = flat(10**9, 10**9, source="a list")
    return [
        *[spend.report(db, by, since) for by in groups],
        list(spend.totals_since(db, since)),
        {
            name: sum(cost for *_, cost in session_sums.spent_in(db, name))
            for name in ("one", "two")
        },
        booked(db, "sky", *day),
        sorted(one.cost_nano for one in outlook.dearest(db, since)),
        savings.against(db, since, "sky/a", dict.fromkeys(savings.days(db, since), price)),
    ]


OLDER = STEPS[:7]
"""Of a program that kept its sums by day, and wrote them with each entry."""


def fill_an_older_ledger(db: sqlite3.Connection) -> None:
    migrate(db, OLDER)
    later = ("searches", "terms")
    for column in later:
        db.execute(f"ALTER TABLE entry ADD COLUMN {column}")
    for seed in range(12):
        insert_entries(db, some_entries(seed))
    for column in later:
        db.execute(f"ALTER TABLE entry DROP COLUMN {column}")
    labels = "day, model, provider, place, client, tags"
    db.execute(
        f"INSERT INTO spend ({labels}, {', '.join(SUMS)}) "  # noqa: S608
        f"SELECT {labels}, {OF_ENTRIES} FROM entry GROUP BY {labels}"
    )
    told = ", ".join(name for name in SUMS if name not in ("answered", "estimates"))
    db.execute(
        f"WITH summed (day, task, policy, {', '.join(SUMS)}) AS ("  # noqa: S608
        f"SELECT day, task, policy, {OF_ENTRIES} FROM entry GROUP BY day, task, policy) "
        f"INSERT INTO task_spend (day, task, policy, {told}) "
        f"SELECT day, task, policy, {told} FROM summed"
    )


@pytest.fixture
def empty() -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def test_an_older_ledger_tells_the_same(empty: sqlite3.Connection) -> None:
    db = empty
    fill_an_older_ledger(db)
    migrate(db)
    told = [what_is_told(db, since) for since in (0, 20261012, 20261121)]
    assert told[0][1]
    bringing, rounds = folding_by_hand(), 1
    while bringing.fold(db):
        rounds += 1
    assert rounds > 3
    assert [what_is_told(db, since) for since in (0, 20261012, 20261121)] == told
    begin_again(db)
    assert [what_is_told(db, since) for since in (0, 20261012, 20261121)] == told


def test_days_that_were_tampered_with_are_found(db: sqlite3.Connection) -> None:
    days = sorted({20261121, 20261120, 20261012}, reverse=True)
    for seed in range(12):
        insert_entries(db, some_entries(seed))
    assert days_out_of_step(db, days) == []
    bringing = folding_by_hand()
    while bringing.fold(db):
        assert days_out_of_step(db, days) == []
    db.execute(
        "UPDATE total SET cost_nano = cost_nano + 1 WHERE kind = 'place' AND period = 20261120"
    )
    assert days_out_of_step(db, days) == [20261120]
    db.execute("DELETE FROM total WHERE period = 20261121")
    assert days_out_of_step(db, days) == [20261120, 20261121]


def test_of_a_large_ledger_the_last_day_is_looked_at(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "CHECKED_ENTRIES", 1)
    for seed in range(12):
        insert_entries(db, some_entries(seed))
    bringing = folding_by_hand()
    while bringing.fold(db):
        pass
    db.execute("UPDATE total SET attempts = attempts + 1 WHERE kind = 'all'")
    assert days_out_of_step(db, [20261121, 20261120]) == [20261121]


def test_of_many_entries_the_cost_alone_is_looked_at(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "COUNTED_ENTRIES", 1)
    for seed in range(12):
        insert_entries(db, some_entries(seed))
    assert days_out_of_step(db, [20261121]) == []
    bringing = folding_by_hand()
    while bringing.fold(db):
        assert days_out_of_step(db, [20261121]) == []
    db.execute("UPDATE total SET attempts = attempts + 1 WHERE kind = 'all'")
    assert days_out_of_step(db, [20261121]) == []
    db.execute("UPDATE total SET cost_nano = cost_nano + 1 WHERE kind = 'all'")
    assert days_out_of_step(db, [20261121]) == [20261121]
    db.execute("DELETE FROM total")
    assert days_out_of_step(db, [20261121]) == [20261121]
