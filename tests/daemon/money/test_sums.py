"""Every sum that a reservation is checked against, through the ledger that owns them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.raises import Raise
from homeport.daemon.money.scopes import Limit
from homeport.daemon.money.windows import day_of
from support.asks import ask
from support.ledgers import NOON_MS, Clock, a_ledger, a_reservation, a_settlement, spent

DAY_MS = 86_400_000
SKY = Limit(window="day", scope="provider", name="sky", nano=100)


async def test_one_reservation_is_held_in_every_window_or_in_none(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=1000, month=1000, scoped=(SKY,)) as ledger:
        mine: dict[str, Any] = {"provider": "sky", "model": "sky/a"}
        assert await ledger.reserve(a_reservation(60, **mine)) is None
        refused = await ledger.reserve(a_reservation(60, **mine))
        assert refused is not None
        assert (refused.scope, refused.name, refused.left_nano) == ("provider", "sky", 40)
        assert await ledger.reserve(a_reservation(60)) is None
        view = ledger.spend_view()
        assert [window.reserved_nano for window in view.windows] == [120, 120]
        assert [window.reserved_nano for window in view.scoped] == [60]


async def test_a_limit_that_comes_later_knows_what_was_spent_and_held(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        await spent(ledger, 100, 30, client="editor", session="s")
        held = a_reservation(50, client="editor", session="s")
        await ledger.reserve(held)
        limits = (
            Limit(window="week", scope="client", name="editor", nano=100),
            Limit(window="session", nano=90),
        )
        ledger.set_limits(LedgerLimits(scoped=limits))
        settling = asyncio.ensure_future(ledger.settle(a_settlement(held.id, 45)))
        refused = await ledger.reserve(a_reservation(30, client="editor", session="s"))
        assert refused is not None
        assert refused.window == "session"
        await settling
        assert [window.spent_nano for window in ledger.spend_view().scoped] == [75, 75]


async def test_limits_survive_a_restart_with_their_sums(tmp_path: Path) -> None:
    path, limit = tmp_path / "l.db", Limit(window="month", scope="tag", name="work", nano=100)
    async with a_ledger(path, scoped=(limit,)) as ledger:
        await spent(ledger, 80, 70, tags=("work", "play"))
        await ledger.reserve(a_reservation(20, tags=("work",)))  # it dies with this one held
    async with a_ledger(path, scoped=(limit,)) as ledger:
        assert ledger.spend_view().scoped[0].spent_nano == 90
        assert await ledger.reserve(a_reservation(11, tags=("work",))) is not None
        assert await ledger.reserve(a_reservation(10, tags=("work",))) is None


async def test_a_clock_that_is_set_back_finds_the_old_months_full(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", Clock()
    async with a_ledger(path, month=100, clock=clock) as ledger:
        await spent(ledger, 100, 90)
    clock.now_ms += 120 * DAY_MS
    async with a_ledger(path, month=100, clock=clock) as ledger:
        clock.now_ms = NOON_MS
        refused = await ledger.reserve(a_reservation(11))
        assert refused is not None
        assert (refused.window, refused.spent_nano) == ("month", 90)
        assert await ledger.reserve(a_reservation(10)) is None


async def test_a_raise_survives_and_ends_with_its_day(tmp_path: Path) -> None:
    path, clock = tmp_path / "l.db", Clock()
    async with a_ledger(path, day=100, clock=clock) as ledger:
        await spent(ledger, 100, 100)
        assert await ledger.reserve(a_reservation(1)) is not None
        day = day_of(NOON_MS)
        await ledger.raise_limit(Raise(window="day", period=day, nano=50, at_ms=NOON_MS))
        assert ledger.budget().left_nano == 50
    async with a_ledger(path, day=100, clock=clock) as ledger:
        assert ledger.spend_view().windows[0].limit_nano == 150
        clock.now_ms += DAY_MS
        assert ledger.budget().left_nano == 100


@pytest.mark.parametrize(
    ("session", "asked", "most"),
    [("s", None, 70), ("s", 20, 20), ("", None, 40), ("", 90, 40)],
)
async def test_a_single_prompt_is_capped_by_its_labels(
    tmp_path: Path, session: str, asked: int | None, most: int
) -> None:
    limits = (
        Limit(window="request", nano=70),
        Limit(window="request", scope="client", name="shell", nano=1),
        Limit(window="session", nano=40),
    )
    async with a_ledger(tmp_path / "l.db", scoped=limits) as ledger:
        asked_for = ask(session=session, max_cost_nano=asked)
        assert ledger.capped(asked_for).max_cost_nano == most


async def test_without_further_limits_a_prompt_is_left_as_it_is(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db", day=100) as ledger:
        asked_for = ask()
        assert ledger.capped(asked_for) is asked_for
        assert ledger.budget(asked_for) == ledger.budget()
