"""What was saved against a baseline, with the assumptions it stands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.money.ledger import Ledger
from homeport.daemon.money.price import Price, flat
from homeport.daemon.money.reports import Reports
from homeport.daemon.money.windows import day_of
from support.ledgers import NOON_MS, Clock, a_ledger, a_reservation, a_settlement

DAY_MS = 86_400_000
DOLLAR = 10**9


async def answered(
    ledger: Ledger, cost: int | None, usage: Usage | None, at_ms: int = NOON_MS, **fields: object
) -> None:
    settled = {name: fields.pop(name) for name in ("outcome",) if name in fields}
    reservation = a_reservation(cost or 0, at_ms=at_ms, **fields)
    assert await ledger.reserve(reservation) is None
    await ledger.settle(a_settlement(reservation.id, cost, usage=usage, **settled))


def price_on(day: int) -> Price | None:
    """Ten dollars today, one before."""
    a_million = (10 if day == day_of(NOON_MS) else 1) * DOLLAR
    return flat(a_million, a_million, source="the list")


async def test_each_prompt_counts_once_at_its_days_price(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        await answered(ledger, 0, Usage(input=1_000_000, output=0, cache_read=0), place="local")
        yesterday = NOON_MS - DAY_MS
        await answered(ledger, 0, Usage(input=0, output=2_000_000, cache_read=0), yesterday)
        await answered(ledger, DOLLAR, None, request="r", outcome="reset")
        await answered(ledger, DOLLAR, Usage(input=100_000, output=0, cache_read=0), request="r")
        found = await Reports(ledger._db, Clock()).saved(yesterday, "sky/best", price_on)
    assert found.baseline_nano == 10 * DOLLAR + 2 * DOLLAR + DOLLAR
    assert (found.spent_nano, found.saved_nano) == (2 * DOLLAR, 11 * DOLLAR)
    assert (found.prompts, found.left_out) == (3, 0)
    assert any("the list" in sentence for sentence in found.assumptions)
    assert any("failed ones too" in sentence for sentence in found.assumptions)


async def test_one_model_would_have_kept_what_the_turn_before_held(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        for minutes, given, said, session in (
            (0, 4000, 1000, "one"),
            (1, 6000, 100, "one"),
            (2, 3000, 100, "two"),
            (30, 7000, 100, "one"),
            (31, 900, 50, "three"),
            (32, 2000, 50, "three"),
            (33, 9000, 50, ""),
            (34, 9000, 50, ""),
        ):
            usage = Usage(input=given, output=said, cache_read=0)
            await answered(ledger, 0, usage, NOON_MS + minutes * 60_000, session=session)
        found = await Reports(ledger._db, Clock()).saved(NOON_MS, "sky/best", price_on)
    given_in_all = 4000 + 6000 + 3000 + 7000 + 900 + 2000 + 18_000
    assert found.cache_share == 5000 / given_in_all
    assert any("Really it was 0 %" in sentence for sentence in found.assumptions)


async def test_cache_hits_are_those_there_were(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        await answered(ledger, 0, Usage(input=600, output=5, cache_read=300))
        await answered(ledger, 0, Usage(input=400, output=5))
        found = await Reports(ledger._db, Clock()).saved(NOON_MS, "sky/best", price_on)
    assert found.cache_share == 0.3
    assert any("30 % of the input" in sentence for sentence in found.assumptions)
    assert any("for 1 prompt is unknown" in sentence for sentence in found.assumptions)


async def test_what_cannot_be_priced_is_left_out_and_said(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        await answered(ledger, 5, Usage(input=None, output=None))
        await answered(ledger, 5, Usage(input=1_000, output=1))
        found = await Reports(ledger._db, Clock()).saved(NOON_MS, "sky/best", lambda _: None)
    assert (found.baseline_nano, found.prompts, found.left_out) == (0, 0, 2)
    assert found.saved_nano == -10
    assert any("2 prompts are left out" in sentence for sentence in found.assumptions)


async def test_what_is_not_summed_yet_is_left_out_where_it_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.daemon.money.savings.TAIL", 1)
    async with a_ledger(tmp_path / "l.db") as ledger:
        await answered(ledger, 5, Usage(input=10, output=1))
        await ledger._db.write(ledger._folding.fold)
        for _ in range(2):
            await answered(ledger, 5, Usage(input=10, output=1))
        found = await Reports(ledger._db, Clock()).saved(NOON_MS, "sky/best", price_on)
    assert (found.prompts, found.spent_nano) == (1, 15)
    assert any("The last 2 attempts are not summed yet" in of for of in found.assumptions)
