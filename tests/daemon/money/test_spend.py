"""Sums of what was spent, by every group, always in step with the entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.client.wire import SpendGroup, SpendRow
from homeport.daemon.api.local.money import PERIODS, since_of
from homeport.daemon.money import spend
from homeport.daemon.money.corrections import CHARGED_ONCE
from homeport.daemon.money.entries import Entry, entry_of, insert_entries
from homeport.daemon.money.folding import Folding, entries_behind
from homeport.daemon.money.ledger import Reservation
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.migrations import migrate
from support.ledgers import NOON_MS, a_ledger, a_reservation, a_settlement, spent

DAY_MS = 86_400_000
SINCES = ("7d", "4w", "2026-11-20", "2026-10-01")
NOTHING = (0,) * 9
a_patch = pytest.MonkeyPatch.context

pytestmark = pytest.mark.usefixtures("in_utc")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def some_spending() -> list[tuple[Reservation, int | None]]:
    yesterday = NOON_MS - DAY_MS
    big, small = "openai/gpt-5", "anthropic/claude"
    return [
        (a_reservation(100, request="one", model=big, session="a", tags=("x", "y")), 90),
        (a_reservation(50, request="one", model=small, provider="anthropic", session="a"), None),
        (a_reservation(80, request="two", model=big, client="cli", at_ms=yesterday), 70),
        (a_reservation(0, request="three", model="llamacpp/s", place="local", tags=("x",)), 0),
    ]


async def test_reports_by_every_group(
    path: Path, some_spending: list[tuple[Reservation, int | None]]
) -> None:
    async with a_ledger(path) as ledger:
        for reservation, cost in some_spending:
            await ledger.reserve(reservation)
            await ledger.settle(a_settlement(reservation.id, cost))

        async def groups(by: str, since: int = 0) -> list[tuple[str, int, int, int, int]]:
            told = (await ledger.report(by, since)).rows  # type: ignore[arg-type]
            return [(r.group, r.requests, r.attempts, r.cost_nano, r.estimated_nano) for r in told]

        yesterday, today = ("2026-11-20", 1, 1, 70, 0), ("2026-11-21", 2, 3, 140, 50)
        assert await groups("day") == [yesterday, today]
        assert await groups("day", NOON_MS) == [today]
        assert await groups("model") == [
            ("openai/gpt-5", 2, 2, 160, 0),
            ("anthropic/claude", 0, 1, 50, 50),
            ("llamacpp/s", 1, 1, 0, 0),
        ]
        assert await groups("provider") == [("openai", 3, 3, 160, 0), ("anthropic", 0, 1, 50, 50)]
        assert await groups("place") == [("cloud", 2, 3, 210, 50), ("local", 1, 1, 0, 0)]
        assert await groups("client") == [("", 2, 3, 140, 50), ("cli", 1, 1, 70, 0)]
        assert await groups("session") == [("a", 1, 2, 140, 50), ("", 2, 2, 70, 0)]
        assert await groups("tag") == [("x", 2, 2, 90, 0), ("y", 1, 1, 90, 0)]
        told = await ledger.report("place", 0)
        assert told.rows[0] == SpendRow("cloud", 2, 30, 15, 210, 50, attempts=3)
        assert told.total == SpendRow("", 3, 40, 20, 210, 50, attempts=4)


async def test_of_very_many_groups_the_dearest_are_told_and_the_rest_as_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.daemon.money.spend.MOST_GROUPS", 3)
    async with a_ledger(path) as ledger:
        for cost in range(5):
            await spent(ledger, 100, cost, session=f"s{cost}", tags=(f"t{cost}",), task=f"k{cost}")
        for by in ("session", "task"):
            told = await ledger.report(by, 0)  # type: ignore[arg-type]
            assert [row.group[1:] for row in told.rows] == ["4", "3", "2"]
            assert told.rest is not None
            assert (told.rest.group, told.rest.requests, told.rest.cost_nano) == ("", 2, 1)
        tags = await ledger.report("tag", 0)
        assert ([row.group for row in tags.rows], tags.rest) == (["t4", "t3", "t2"], None)


async def test_what_is_taken_back_is_no_attempt_and_no_estimate(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        await spent(ledger, 100, None, id="a.1", request="a", model="sky/a")
        await spent(ledger, 100, 30, id="b.1", request="b", model="sky/a")
        await ledger.charged_once(["a"], "sky/a")
        (row,) = (await ledger.report("model", 0)).rows
        assert (row.requests, row.attempts, row.cost_nano, row.estimated_nano) == (2, 2, 30, 0)
        assert ledger.spend_view().unknown_today == 0
    async with a_ledger(path, day=1000) as again:
        assert again.spend_view().unknown_today == 0


OUTCOMES = ("done", "reset", "crashed", CHARGED_ONCE)
NAMES = {
    "week": "strftime('%Y-%m-%d', iso, 'weekday 0', '-6 days')",
    "day": "iso",
    "month": "substr(iso, 1, 7)",
    "tag": "json_each.value",
}
FIGURES = (
    *("requests", "attempts", "input_tokens", "output_tokens", "cost_nano", "estimated_nano"),
    *("energy_mj", "energy_nano", "energy_guessed_nano"),
)
SUMMED = """
SELECT {name} AS name, sum(opens_request), sum(outcome != 'charged_once'), total(input_tokens),
    total(output_tokens), sum(cost_nano), sum(cost_nano * NOT certain), total(energy_mj),
    total(energy_nano), total(energy_nano * NOT ifnull(energy_certain, 0))
FROM (SELECT *, substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7) AS iso
    FROM entry) {tags} WHERE day >= ? GROUP BY 1
"""


def figures(row: SpendRow) -> tuple[int, ...]:
    return tuple(getattr(row, name) for name in FIGURES)


def summed(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(NOTHING, *rows, strict=True)))


def plainly_summed(db: sqlite3.Connection, by: str, since: int) -> dict[str, tuple[int, ...]]:
    """Straight from the entries, in one statement."""
    tags = ", json_each(tags)" if by == "tag" else ""
    wanted = SUMMED.format(name=NAMES.get(by, by), tags=tags)
    return {name: tuple(map(int, sums)) for name, *sums in db.execute(wanted, (since,))}


def an_entry(of: tuple[int, ...]) -> Entry:
    """One whose labels and figures are drawn."""
    days, model, labels, outcome, cost, opens = of
    at_ms = NOON_MS - days * DAY_MS
    held = a_reservation(
        model=f"sky/{model}", provider=("sky", "sea")[model % 2], at_ms=at_ms,
        place=("cloud", "local")[model // 2], client=("", "editor")[labels % 2],
        session=("", "one", "two")[labels % 3], task=("", "code")[labels // 2 % 2],
        policy=("", "frugal")[labels // 3 % 2],
        tags=((), ("x",), ("y",), ("x", "y"))[labels // 4 % 4],
    )  # fmt: skip
    usage = Usage(input=cost, output=model, certain=cost % 3 > 0)
    energy = {"energy_mj": cost, "energy_nano": cost, "energy_certain": labels % 2 == 0}
    end = a_settlement(held.id, cost, usage=usage, outcome=OUTCOMES[outcome], **energy)
    entry = entry_of(held, end, day=day_of(at_ms), opens_request=bool(opens))
    taken = entry.outcome == CHARGED_ONCE
    return msgspec.structs.replace(entry, cost_nano=-cost, opens_request=False) if taken else entry


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.lists(
        st.tuples(
            st.sampled_from([0, 1, 5, 6, 20, 21, 60]), st.integers(0, 3), st.integers(0, 23),
            st.integers(0, 3), st.integers(0, 9), st.integers(0, 1),
        ),
        max_size=20,
    ),
    folded=st.integers(0, 20),
    query=st.sampled_from([{"period": p} for p in PERIODS] + [{"since": s} for s in SINCES]),
    most=st.sampled_from([1, 2, 1000]),
)  # fmt: skip
def test_each_figure_is_the_plain_sum_of_its_entries(
    drawn: list[tuple[int, ...]], folded: int, query: dict[str, str], most: int
) -> None:
    entries = [an_entry(of) for of in drawn]
    since = day_of(since_of(query, 30, NOON_MS))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db, a_patch() as patch:
        patch.setattr(spend, "MOST_GROUPS", most)
        migrate(db)
        insert_entries(db, entries[:folded])
        while entries_behind(db):
            Folding(None).fold(db)  # type: ignore[arg-type]
        insert_entries(db, entries[folded:])
        whole = summed(plainly_summed(db, "day", since).values())
        for by in get_args(SpendGroup):
            plain = plainly_summed(db, by, since)
            told = spend.report(db, by, since)
            shown = {row.group: figures(row) for row in told.rows}
            assert shown == {name: plain.get(name) for name in shown}
            assert figures(told.total) == whole
            rows = [*told.rows, *([told.rest] if told.rest else [])]
            if by != "tag":
                assert summed(map(figures, rows)) == whole
            assert len(shown) == len(plain) or len(shown) == most
