"""A ledger that cannot be written while prompts come: none is served unbooked, nothing is lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from homeport.adapters.base import TextDelta
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.price import flat
from homeport.policies.errors import DaemonTrouble
from support.house import House, house
from support.ledgers import Clock, a_ledger, a_reservation, a_settlement, spent
from support.scripted import Script, ScriptedAdapter, card, prompt

SKY = "sky/large"
Trouble = Callable[[Ledger], AbstractAsyncContextManager[None]]


async def set_up(ledger: Ledger, pragma: str) -> None:
    await ledger._db.write(lambda c: c.execute(f"PRAGMA {pragma}").close())


@asynccontextmanager
async def read_only(ledger: Ledger) -> AsyncIterator[None]:
    """As where the disk was mounted anew, for reading alone."""
    connection = ledger._db._connection
    await set_up(ledger, "query_only = 1")
    yield
    # What cannot be written cannot be told to write again by a write.
    await ledger._db.read(lambda _: connection.execute("PRAGMA query_only = 0").close())


@asynccontextmanager
async def locked(ledger: Ledger) -> AsyncIterator[None]:
    """Another program holds the file and does not let go."""
    await set_up(ledger, "busy_timeout = 20")
    with contextlib.closing(sqlite3.connect(ledger._db.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


TROUBLES = [
    pytest.param(read_only, "database_unusable", "Check who owns the file", id="read-only"),
    pytest.param(locked, "database_busy", "Another program keeps", id="locked"),
]


@asynccontextmanager
async def a_paid_house(folder: Path) -> AsyncIterator[tuple[House, ScriptedAdapter]]:
    sky = ScriptedAdapter({SKY: Script()}, [card(SKY, place="cloud", price_ref="x/y")])
    sky.origin = "https://api.example"
    async with house(folder, [sky], limits=LedgerLimits(day_nano=10**9)) as home:
        home.around.prices[SKY] = flat(10**9, 10**9, source="a test")
        yield home, sky


async def told(home: House) -> str:
    async with home.router.answer(prompt()) as answer:
        return "".join([d.text async for d in answer.deltas() if isinstance(d, TextDelta)])


@pytest.mark.parametrize(("trouble", "code", "sentence"), TROUBLES)
async def test_no_paid_prompt_is_served_unbooked(
    tmp_path: Path, trouble: Trouble, code: str, sentence: str
) -> None:
    async with a_paid_house(tmp_path) as (home, sky):
        async with trouble(home.rooms.ledger):
            with pytest.raises(DaemonTrouble) as refused:
                await told(home)
            assert refused.value.code == code
            assert sentence in refused.value.sentence
            assert len(refused.value.sentence.splitlines()) == 1
            assert sky.asked == []
        assert await told(home) == "Hello there."
        await home.router.settled()
        (window,) = home.rooms.ledger.budget().windows
        assert window.spent_nano > 0
        assert window.reserved_nano == 0


@pytest.mark.parametrize(("trouble", "code", "sentence"), TROUBLES)
async def test_what_ends_meanwhile_is_booked_later(
    tmp_path: Path, trouble: Trouble, code: str, sentence: str
) -> None:
    async with a_ledger(tmp_path / "ledger.db", day=10**9) as ledger:
        held = a_reservation(1000)
        await ledger.reserve(held)
        async with trouble(ledger):
            assert (await ledger.settle(a_settlement(held.id, 40))).cost_nano == 40
            window = ledger.spend_view().windows[0]
            assert (window.spent_nano, window.reserved_nano) == (0, 1000)
        await spent(ledger, 100, 7)
        window = ledger.spend_view().windows[0]
        assert (window.spent_nano, window.reserved_nano) == (47, 0)
    assert code
    assert sentence


async def test_a_clock_set_back_across_a_month_finds_what_was_spent_there(tmp_path: Path) -> None:
    november, december = (
        int(datetime(2026, month, day, 12).timestamp() * 1000) for month, day in ((11, 30), (12, 1))
    )
    clock = Clock(november)
    async with a_ledger(tmp_path / "ledger.db", month=1000, clock=clock) as ledger:
        await spent(ledger, 900, 900, at_ms=november)
        clock.now_ms = december
        await spent(ledger, 800, 800, at_ms=december)
    clock.now_ms = november + 90 * 86_400_000
    async with a_ledger(tmp_path / "ledger.db", month=1000, clock=clock) as ledger:
        clock.now_ms = november
        window = await ledger.reserve(a_reservation(101, at_ms=november))
        assert window is not None
        assert (window.window, window.left_nano) == ("month", 100)
        assert await ledger.reserve(a_reservation(100, at_ms=november)) is None
        clock.now_ms = december
        window = await ledger.reserve(a_reservation(201, at_ms=december))
        assert window is not None
        assert window.left_nano == 200
