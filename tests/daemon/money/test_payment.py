"""What an attempt is booked at, by how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Finish, Usage
from homeport.adapters.http.upstream_errors import Upstream
from homeport.daemon.money.ledger import LedgerLimits, Settlement
from homeport.daemon.money.payment import Payments
from homeport.daemon.money.price import FREE, flat
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.attempt import Attempt
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

CLOUD = card("scripted/c", place="cloud", price_ref="x/y", max_output=100)
ASK = ask_of(prompt(), 60_000)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    adapter = ScriptedAdapter({CLOUD.id: Script()}, [CLOUD])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**9)) as made:
        made.around.prices[CLOUD.id] = flat(10**9, 2 * 10**9, source="a test")
        yield made


async def reserved(home: House) -> tuple[Payments, Attempt]:
    rooms = home.rooms
    payments = Payments(rooms.ledger, rooms.price_of, ASK, rooms.clock_ms)
    attempt = Attempt("r", 1, CLOUD, "", rooms.clock_ms, ASK.input_tokens)
    (candidate,) = rooms.fleet.candidates(ASK)
    assert await payments.reserve(attempt, candidate, "r") is None
    return payments, attempt


async def test_a_whole_answer_costs_what_its_usage_says(home: House) -> None:
    payments, attempt = await reserved(home)
    attempt.finish = Finish("stop", Usage(input=10, output=5))
    await payments.settle(attempt, "done")
    assert (payments.cost_nano, payments.certain) == (20_000, True)
    assert payments.open_attempts() == ()


@pytest.mark.parametrize("outcome", ["refused", "connect_timeout", "rate_limited", "egress"])
async def test_what_was_turned_away_costs_nothing(home: House, outcome: str) -> None:
    payments, attempt = await reserved(home)
    await payments.settle(attempt, outcome)
    assert (payments.cost_nano, payments.certain) == (0, True)


@pytest.mark.parametrize("outcome", ["reset", "stall", "overloaded", "cancelled", "truncated"])
async def test_what_may_have_been_charged_is_our_own_count_and_an_estimate(
    home: House, outcome: str
) -> None:
    payments, attempt = await reserved(home)
    attempt.sent_tokens = 5
    await payments.settle(attempt, outcome)
    assert payments.cost_nano == ASK.input_tokens * 1_000 + 5 * 2_000
    assert not payments.certain


@pytest.mark.parametrize(("status", "nothing"), [(500, True), (529, True), (504, False)])
async def test_a_server_that_had_trouble_before_it_answered_charges_nothing(
    home: House, status: int, nothing: bool
) -> None:
    payments, attempt = await reserved(home)
    error = Upstream(CLOUD.id, "scripted", "h").answered(status, {}, {}, now_s=0)
    attempt.turned_away = error.turned_away
    await payments.settle(attempt, error.failure.kind)
    assert (payments.cost_nano == 0, payments.certain) == (nothing, nothing)


async def test_settling_twice_counts_once(home: House) -> None:
    payments, attempt = await reserved(home)
    attempt.finish = Finish("stop", Usage(input=10, output=5))
    await payments.settle(attempt, "done")
    await payments.settle(attempt, "reset")
    (window,) = home.rooms.ledger.budget().windows
    assert (window.spent_nano, window.reserved_nano) == (20_000, 0)


async def test_what_is_put_off_is_settled_once_at_the_moment_when_it_ended(home: House) -> None:
    payments, attempt = await reserved(home)
    attempt.sent_tokens, put_off = 5, list[Any]()
    payments.settle_later(attempt, "link_lost", put_off.append)
    ended_ms = home.rooms.clock_ms()
    assert payments.open_attempts() == ()
    (window,) = home.rooms.ledger.budget().windows
    assert (window.spent_nano, window.reserved_nano > 0) == (0, True)
    (settle,) = put_off
    settle()
    assert payments.is_writing
    settle()
    payments.settle_later(attempt, "link_lost", put_off.append)
    assert put_off == [settle], "it is settled, and not open any more"
    written = asyncio.Event()
    payments.when_written(written.set)
    await written.wait()
    (window,) = home.rooms.ledger.budget().windows
    assert (window.spent_nano, window.reserved_nano) == (payments.cost_nano, 0)
    entry = await home.rooms.ledger.settle(
        Settlement(id=attempt.id, usage=None, cost_nano=1, outcome="", ended_ms=0)
    )
    assert (entry.outcome, entry.ended_ms <= ended_ms) == ("link_lost", True)


@pytest.mark.parametrize("asked", ["cost_nano", "certain", "committed_nano", "is_writing"])
async def test_who_asks_the_books_has_what_was_put_off_in_them(home: House, asked: str) -> None:
    payments, attempt = await reserved(home)
    attempt.sent_tokens = 5
    payments.settle_later(attempt, "reset", lambda _: None)
    assert attempt.view.cost_nano is None
    getattr(payments, asked)
    assert attempt.view.cost_nano == ASK.input_tokens * 1_000 + 5 * 2_000
    written = asyncio.Event()
    payments.when_written(written.set)
    await written.wait()


async def test_a_window_that_is_too_small_is_named_and_nothing_is_held(home: House) -> None:
    rooms = home.rooms
    rooms.ledger.set_limits(LedgerLimits(day_nano=1))
    payments = Payments(rooms.ledger, rooms.price_of, ASK, rooms.clock_ms)
    attempt = Attempt("r", 1, CLOUD, "", rooms.clock_ms, ASK.input_tokens)
    (candidate,) = rooms.fleet.candidates(ASK)
    window = await payments.reserve(attempt, candidate, "r")
    assert window is not None
    assert window.window == "day"
    assert payments.open_attempts() == ()


async def test_what_the_provider_says_it_charged_is_booked_and_ours_is_kept(home: House) -> None:
    payments, attempt = await reserved(home)
    attempt.finish = Finish("stop", Usage(input=10, output=5, cost_nano=33_000, certain=False))
    await payments.settle(attempt, "done")
    assert (payments.cost_nano, payments.certain) == (33_000, True)
    assert (attempt.view.cost_nano, attempt.view.listed_nano) == (33_000, 20_000)
    entry = await home.rooms.ledger.settle(
        Settlement(id=attempt.id, usage=None, cost_nano=1, outcome="", ended_ms=0)
    )
    assert (entry.cost_nano, entry.certain) == (33_000, True)
    assert (entry.listed_nano, entry.charged_nano) == (20_000, 33_000)


async def test_a_model_at_home_charges_nothing_whatever_it_says(home: House) -> None:
    home.around.prices[CLOUD.id] = FREE
    payments, attempt = await reserved(home)
    attempt.finish = Finish("stop", Usage(input=10, output=5, cost_nano=33_000))
    await payments.settle(attempt, "done")
    assert (payments.cost_nano, payments.certain) == (0, True)


@pytest.mark.parametrize(
    ("asked", "granted", "cost"),
    [
        ((), {}, 20_000),
        ((), {"service_tier": "priority"}, 60_000),
        ((("service_tier", "priority"),), {}, 60_000),
        ((("service_tier", "priority"),), {"service_tier": "default"}, 20_000),
        ((("service_tier", "flex"),), {"service_tier": "flex"}, 10_000),
        ((), {"serviceTier": "flex"}, 10_000),
    ],
)
async def test_the_terms_that_were_granted_set_the_price(
    home: House, asked: Any, granted: dict[str, str], cost: int
) -> None:
    prices = home.around.prices
    prices[f"{CLOUD.id} priority"] = flat(3 * 10**9, 6 * 10**9, source="a test")
    prices[f"{CLOUD.id} flex"] = flat(5 * 10**8, 10**9, source="a test")
    ask = replace(ASK, terms=asked)
    rooms = home.rooms
    payments = Payments(rooms.ledger, rooms.price_of, ask, rooms.clock_ms)
    attempt = Attempt("r", 1, CLOUD, "", rooms.clock_ms, ASK.input_tokens)
    (candidate,) = rooms.fleet.candidates(ask)
    assert await payments.reserve(attempt, candidate, "r") is None
    attempt.finish = Finish("stop", Usage(input=10, output=5, extras=granted))
    await payments.settle(attempt, "done")
    assert payments.cost_nano == cost
    assert candidate.worst_cost_nano is not None
    assert candidate.worst_cost_nano >= cost


async def test_the_worst_case_knows_of_a_cache_for_an_hour(home: House) -> None:
    fleet = home.rooms.fleet
    (plain,) = fleet.candidates(ASK)
    (kept,) = fleet.candidates(replace(ASK, caches=True))
    assert plain.worst_cost_nano is not None
    assert kept.worst_cost_nano == plain.worst_cost_nano + ASK.input_tokens_bound * 1_000


# What all attempts may cost together


async def limited(home: House, worsts: int) -> tuple[Payments, int]:
    """Payments that may cost so many worst cases, and one worst case."""
    (candidate,) = home.rooms.fleet.candidates(ASK)
    worst = candidate.worst_cost_nano or 0
    ask = replace(ASK, max_cost_nano=worst * worsts)
    return Payments(home.rooms.ledger, home.rooms.price_of, ask, home.rooms.clock_ms), worst


async def held(home: House, payments: Payments, number: int) -> tuple[Attempt, Any]:
    attempt = Attempt("r", number, CLOUD, "", home.rooms.clock_ms, ASK.input_tokens)
    (candidate,) = home.rooms.fleet.candidates(ASK)
    return attempt, await payments.reserve(attempt, candidate, "r")


async def test_worst_cases_count_until_the_cost_is_known(home: House) -> None:
    payments, worst = await limited(home, 2)
    first, refused = await held(home, payments, 1)
    assert refused is None
    assert (payments.committed_nano, payments.left_nano) == (worst, worst)
    first.finish = Finish("stop", Usage(input=10, output=5))
    await payments.settle(first, "done")
    assert payments.committed_nano == 20_000
    assert payments.left_nano == 2 * worst - 20_000
    assert payments.paid_for([first]) == (20_000, True)
    assert payments.paid_for([]) == (0, True)


async def test_what_goes_over_the_callers_limit_is_not_held(home: House) -> None:
    payments, worst = await limited(home, 1)
    _, refused = await held(home, payments, 1)
    second, too_dear = await held(home, payments, 2)
    assert (refused, too_dear) == (None, "max_cost")
    assert second not in payments.open_attempts()
    assert payments.committed_nano == worst


async def test_reservations_at_once_fit_together(home: House) -> None:
    payments, worst = await limited(home, 2)
    answers = await asyncio.gather(*[held(home, payments, number) for number in range(5)])
    assert [refused for _, refused in answers].count(None) == 2
    assert payments.committed_nano == 2 * worst


async def test_what_the_budget_refuses_is_not_committed(home: House) -> None:
    payments, _ = await limited(home, 9)
    home.rooms.ledger.set_limits(LedgerLimits(day_nano=1))
    _, window = await held(home, payments, 1)
    assert window.window == "day"
    assert payments.committed_nano == 0
