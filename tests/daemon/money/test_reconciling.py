"""Which of a provider's charges are held against the books, and what follows in every sum."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.base import Usage
from homeport.client.wire import ChargedDay, ReconciledDays
from homeport.daemon.money.ledger import Ledger
from homeport.daemon.money.reconciled import DAY_MS
from homeport.daemon.money.reconciling import NOT_OURS, charges_of, reconciled
from homeport.daemon.money.scopes import Limit
from support.ledgers import NOON_MS, Clock, a_ledger, a_reservation, a_settlement
from support.whole_daemon import whole_daemon

CENT = 10_000_000
LIMITS = (
    Limit(window="month", scope="client", name="editor", nano=1000 * CENT),
    Limit(window="week", scope="model", name="openai/gpt-5", nano=1000 * CENT),
    Limit(window="session", scope="all", name="", nano=1000 * CENT),
)
DAY = "2026-11-19"
AT_MS = NOON_MS - 2 * DAY_MS


async def attempt(
    ledger: Ledger, cost: int | None, *, certain: bool = True, at_ms: int = AT_MS, **fields: object
) -> None:
    """One that was asked for and has ended; a cost of None is booked at its worst."""
    one = a_reservation(10 * CENT, at_ms=at_ms, client="editor", session="s", **fields)
    assert await ledger.reserve(one) is None
    usage = Usage(input=10, output=5, certain=certain)
    await ledger.settle(a_settlement(one.id, cost, usage=usage, ended_ms=at_ms + 900))


async def told(ledger: Ledger, *days: ChargedDay) -> tuple[ReconciledDays, ...]:
    return (await reconciled(ledger, ledger._db, "openai", days, NOON_MS)).days


def spent(ledger: Ledger) -> list[int]:
    view = ledger.spend_view()
    return [window.spent_nano for window in (*view.windows, *view.scoped)]


async def test_every_window_and_sum_follows_and_a_restart_says_the_same(tmp_path: Path) -> None:
    path, clock = tmp_path / "ledger.db", Clock(AT_MS)
    async with a_ledger(path, day=1000 * CENT, month=1000 * CENT, clock=clock) as ledger:
        await attempt(ledger, 3 * CENT)
        await attempt(ledger, None)
    async with a_ledger(
        path, day=1000 * CENT, month=1000 * CENT, scoped=LIMITS, clock=clock
    ) as ledger:
        await ledger.refreshed()
        assert spent(ledger) == [13 * CENT] * 5
        clock.now_ms = NOON_MS
        (found,) = await told(ledger, ChargedDay(DAY, 5 * CENT))
        assert (found.before_nano, found.after_nano, found.booked) == (10 * CENT, 2 * CENT, 2)
        (again,) = await told(ledger, ChargedDay(DAY, 5 * CENT))
        assert (again.before_nano, again.booked, again.sentence) == (2 * CENT, 0, "")
        clock.now_ms = AT_MS
        assert spent(ledger) == [5 * CENT] * 5
        (row,) = (await ledger.report("day", AT_MS)).rows
        assert (row.cost_nano, row.estimated_nano, row.requests) == (5 * CENT, 0, 2)
    async with a_ledger(
        path, day=1000 * CENT, month=1000 * CENT, scoped=LIMITS, clock=clock
    ) as later:
        await later.refreshed()
        assert spent(later) == [5 * CENT] * 5, "the disk says the same"


async def test_a_day_that_its_provider_still_counts_is_left_alone(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "ledger.db") as ledger:
        await attempt(ledger, CENT, at_ms=NOON_MS - DAY_MS)
        await attempt(ledger, None, at_ms=NOON_MS - DAY_MS)
        (found,) = await told(ledger, ChargedDay("2026-11-20", 3 * CENT))
    assert (found.booked, found.sentence) == (0, "No charge is told of the whole of 2026-11-20.")


async def test_what_may_be_another_account_books_nothing(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "ledger.db") as ledger:
        await attempt(ledger, None)
        (unknown,) = await told(ledger, ChargedDay(DAY, 0))
        await attempt(ledger, CENT, at_ms=AT_MS - DAY_MS)
        (known,) = await told(ledger, ChargedDay(DAY, 0), ChargedDay("2026-11-18", CENT))
    assert (unknown.booked, unknown.sentence) == (0, NOT_OURS)
    assert (known.booked, known.after_nano, known.sentence) == (2, 0, "")


async def test_by_model_each_estimate_gets_what_its_own_was_charged(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "ledger.db") as ledger:
        await attempt(ledger, CENT)
        await attempt(ledger, None)
        await attempt(ledger, 2 * CENT, certain=False, model="openai/gpt-5-mini")
        await attempt(ledger, None, model="openai/unnamed")
        others, first, second = await told(
            ledger,
            ChargedDay(DAY, 2 * CENT, "gpt-5-2025-08-07"),
            ChargedDay(DAY, 2 * CENT, "gpt-5-2025-08-07"),
            ChargedDay(DAY, 5 * CENT, "gpt-5-mini"),
            ChargedDay(DAY, 99 * CENT, "o9"),
        )
    assert (first.model, first.after_nano) == ("openai/gpt-5", 3 * CENT)
    assert (second.model, second.after_nano) == ("openai/gpt-5-mini", 5 * CENT)
    assert "told of all models together, and the estimates are of openai/gpt-5," in others.sentence


@pytest.mark.parametrize(
    ("name", "models", "of"),
    [
        ("gpt-4.1", ("o/gpt-4.1", "o/gpt-4.1-mini"), "o/gpt-4.1"),
        ("gpt-4.1-2025-04-14", ("o/gpt-4.1", "o/gpt-4.1-mini"), "o/gpt-4.1"),
        ("gpt-4.1-2025-04-14", ("o/gpt-4.1-2025-04-14",), "o/gpt-4.1-2025-04-14"),
        ("Claude Haiku 4.5", ("a/claude-haiku-4-5",), "a/claude-haiku-4-5"),
        ("Claude Haiku 4.5", ("a/claude-haiku-4-5-20251001",), "a/claude-haiku-4-5-20251001"),
        ("openai/gpt-4.1", ("openrouter/openai/gpt-4.1",), "openrouter/openai/gpt-4.1"),
        ("gpt-4.1-2025-04-14", ("o/gpt-4.1", "o/gpt-4.1-2025-04-14"), ""),
        ("gpt-4.1-2025-04-14", ("o/gpt-4.1-2025-09-09",), ""),
        ("gpt-4", ("o/gpt-4.1",), ""),
    ],
)
def test_a_name_is_of_one_model_or_of_none(name: str, models: tuple[str, ...], of: str) -> None:
    found = charges_of("o", [ChargedDay(DAY, 7, name)], models, NOON_MS)
    assert found.by_model == ({of: {20776: 7}} if of else {})


def test_a_charge_of_no_model_leaves_the_sum_of_all() -> None:
    days = [ChargedDay(DAY, 7, "gpt-5"), ChargedDay(DAY, 5)]
    found = charges_of("openai", days, ("openai/gpt-5",), NOON_MS)
    assert (found.by_model, found.totals) == ({}, {20776: 12})
    empty = [ChargedDay(DAY, 7, "gpt-5"), ChargedDay("2026-11-18", 0)]
    found = charges_of("openai", empty, ("openai/gpt-5",), NOON_MS)
    assert found.by_model == {"openai/gpt-5": {20776: 7, 20775: 0}}, "a day without a charge"


async def test_the_daemon_books_it_and_refuses_what_is_no_figure() -> None:
    route = "/homeport/v1/spend/reconcile"
    async with whole_daemon() as house:
        body = {"provider": "openai", "days": [{"day": "2026-01-02", "nano": 5}]}
        assert (await house.ask("POST", route, body)).json == {"provider": "openai", "days": []}
        for day in ({"day": "soon", "nano": 5}, {"day": "2026-01-02", "nano": 10**16}):
            reply = await house.ask("POST", route, {"provider": "openai", "days": [day]})
            assert (reply.status, reply.json["error"]["code"]) == (400, "bad_request")
