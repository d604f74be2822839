"""Sums of what was spent, by every group, always in step with the entries."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.client.wire import SpendRow
from homeport.daemon.money.ledger import Reservation
from support.ledgers import NOON_MS, a_ledger, a_reservation, a_settlement, spent

DAY_MS = 86_400_000

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

        async def groups(by: str, since: int = 0) -> list[tuple[str, int, int, int]]:
            rows = await ledger.report(by, since)  # type: ignore[arg-type]
            return [(r.group, r.requests, r.cost_nano, r.estimated_nano) for r in rows]

        assert await groups("day") == [("2026-11-20", 1, 70, 0), ("2026-11-21", 2, 140, 50)]
        assert await groups("day", NOON_MS) == [("2026-11-21", 2, 140, 50)]
        assert await groups("model") == [
            ("openai/gpt-5", 2, 160, 0),
            ("anthropic/claude", 1, 50, 50),
            ("llamacpp/s", 1, 0, 0),
        ]
        assert await groups("provider") == [("openai", 3, 160, 0), ("anthropic", 1, 50, 50)]
        assert await groups("place") == [("cloud", 3, 210, 50), ("local", 1, 0, 0)]
        assert await groups("client") == [("", 2, 140, 50), ("cli", 1, 70, 0)]
        assert await groups("session") == [("a", 1, 140, 50)]
        assert await groups("tag") == [("x", 2, 90, 0), ("y", 1, 90, 0)]
        row = (await ledger.report("place", 0))[0]
        assert row == SpendRow("cloud", 3, 30, 15, 210, 50)


async def test_of_very_many_groups_the_dearest_are_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.daemon.money.spend.MOST_GROUPS", 3)
    async with a_ledger(path) as ledger:
        for cost in range(5):
            await spent(ledger, 100, cost, session=f"s{cost}", tags=(f"t{cost}",))
        assert [row.group for row in await ledger.report("session", 0)] == ["s4", "s3", "s2"]
        assert [row.group for row in await ledger.report("tag", 0)] == ["t4", "t3", "t2"]


@settings(max_examples=30, deadline=None)
@given(
    attempts=st.lists(
        st.tuples(
            st.integers(0, 40),
            st.sampled_from(["m1", "m2"]),
            st.sampled_from(["", "s1", "s2"]),
            st.sets(st.sampled_from(["t1", "t2"])),
            st.integers(0, 100),
        ),
        max_size=12,
    )
)
def test_sums_agree_with_their_entries(
    attempts: list[tuple[int, str, str, set[str], int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sums") / "ledger.db"

    async def main() -> None:
        async with a_ledger(path) as ledger:
            for days, model, session, tags, cost in attempts:
                fields = {"model": model, "session": session, "tags": tuple(tags)}
                await spent(ledger, 100, cost, at_ms=NOON_MS - days * DAY_MS, **fields)
            for by in ("day", "model", "client"):
                rows = await ledger.report(by, 0)
                assert sum(row.cost_nano for row in rows) == sum(a[4] for a in attempts)
                assert sum(row.requests for row in rows) == len(attempts)
            tagged = {row.group: row.cost_nano for row in await ledger.report("tag", 0)}
            for tag in ("t1", "t2"):
                assert tagged.get(tag, 0) == sum(a[4] for a in attempts if tag in a[3])

    asyncio.run(main())
