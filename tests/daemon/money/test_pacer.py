"""Money and the cloud kept to their pace: through the real router, and over a month by hand."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import pytest

from homeport.client.wire import RequestView
from homeport.daemon.bus import now_ms
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.pacer import DAY_MS, Pacer
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.daemon.storage.decision_record import DecisionRecord, replay
from homeport.policies import decide
from homeport.policies.model import Budget, BudgetWindow, Pace, Policy
from support.deciding import ask, candidate, cloud
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

HOME, CLOUD = "scripted/home", "scripted/cloud"
CENT = 10_000_000
EASY = ("Say hello.", "Translate to French: the cat sleeps.", "Name a colour.", "What is 3 + 4?")
HARD = (
    "Prove that there are infinitely many primes of the form 4k + 3, step by step.",
    "Design a lock-free queue in C++ and prove that it is linearizable.",
    "Derive the eigenvalues of the Laplacian on a disc and explain each boundary condition.",
    "Refactor this parser into a state machine, write its tests, and analyse its complexity.",
)


def two() -> ScriptedAdapter:
    """A small model here, a large one in the cloud."""
    cards = [
        card(HOME, parameters=8 * 10**9),
        card(
            CLOUD,
            parameters=400 * 10**9,
            place="cloud",
            price_ref="c/loud",
            requests_per_minute=1_000_000,
        ),
    ]
    return ScriptedAdapter({HOME: Script(), CLOUD: Script()}, cards)


async def answered(home: House, text: str) -> str:
    """Where a prompt was answered."""
    async with home.router.answer(prompt(text)) as answer:
        async for _ in answer.deltas():
            pass
        return answer.view.place


async def share_away(home: House, texts: Sequence[str]) -> float:
    """Four at a time are in the books before the next ones are decided."""
    places = []
    for number, text in enumerate(texts, 1):
        places.append(await answered(home, text))
        if number % 4 == 0:
            await home.router.settled()
    await home.router.settled()
    return places.count("cloud") / len(places)


def stream(kinds: Sequence[str], count: int, seed: int) -> list[str]:
    chance = Random(seed)
    return [chance.choice(kinds) for _ in range(count)]


async def test_the_router_holds_a_share_of_the_cloud_through_a_shift(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        home.set_policy(mode="balanced", cloud_share=0.2)
        easy = await share_away(home, stream(EASY, 100, 1))
        await share_away(home, stream(HARD, 150, 2))
        hard = await share_away(home, stream(HARD, 100, 3))
        (view,) = home.rooms.pacer.views(Budget(), home.policy)
    assert easy == pytest.approx(0.2, abs=0.03)
    assert hard == pytest.approx(0.2, abs=0.03)
    assert (view.held, view.wanted) == ("calls", 0.2)
    assert view.found == pytest.approx(0.2, abs=0.03)


async def test_what_was_learned_is_found_again_in_the_log(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        home.set_policy(mode="balanced", cloud_share=0.3)
        await share_away(home, stream([*EASY, *HARD], 60, 4))
        before = home.rooms.pacer.paced(Budget(), home.policy)
        decisions, again = home.rooms.decisions, Pacer(now_ms, lambda: False)
        assert again.paced(Budget(), home.policy).pace == Pace()
        await again.recall(Budget(), home.policy, decisions)
    assert before.pace.call != 0.0
    assert again.paced(Budget(), home.policy) == before
    assert repr(again) == repr(home.rooms.pacer)


async def test_what_ends_while_the_log_is_read_is_learned_once(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        home.set_policy(mode="balanced", cloud_share=0.3)
        await share_away(home, stream([*EASY, *HARD], 20, 4))
        decisions, again = home.rooms.decisions, Pacer(now_ms, lambda: False)
        (first, *others), _ = await decisions.lately(0, 100, 100)
        second = replace(first, view=msgspec.structs.replace(first.view, id="second"))

        class Busy(DecisionLog):
            """In which one is written before it is read, and one behind that."""

            async def lately(
                self, at_ms: int, limit: int, most: int
            ) -> tuple[list[DecisionRecord], list[int]]:
                again.learn(others[-1].view, others[-1].steps[0].decision)
                found = await decisions.lately(at_ms, limit, most)
                again.learn(second.view, second.steps[0].decision)
                return found

        await again.recall(Budget(), home.policy, Busy(decisions._db))
        learned = Pacer(now_ms, lambda: False)
        learned.paced(Budget(), home.policy)
        for record in (first, *others, second):
            learned.learn(record.view, record.steps[0].decision)
    assert again.paced(Budget(), home.policy) == learned.paced(Budget(), home.policy)
    assert repr(again) == repr(learned)


async def test_the_price_is_logged_with_the_decision_and_told_by_its_terms(tmp_path: Path) -> None:
    async with house(tmp_path, [two()], limits=LedgerLimits(month_nano=100 * CENT)) as home:
        home.paces_money = True
        home.set_policy(mode="prefer-cloud", cloud_share=0.1)
        await share_away(home, stream(HARD, 12, 5))
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get("last")
        money, calls = home.rooms.pacer.views(home.rooms.ledger.budget(), home.policy)
    assert record is not None
    step = record.steps[0]
    assert step.budget.pace.call > 0
    terms = {card.model: dict(card.terms) for card in step.decision.order}
    assert terms[CLOUD]["pace"] == -step.budget.pace.call
    assert "pace" not in terms[HOME]
    assert (money.held, calls.held) == ("money", "calls")
    assert 0 < money.wanted <= 24 * 100 * CENT
    assert replay(record) == "identical"


async def test_without_a_pace_the_budget_is_as_it_was(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        await answered(home, "Hello.")
        assert home.rooms.pacer.paced(Budget(), home.policy) == Budget()
        assert home.rooms.pacer.views(Budget(), home.policy) == ()


async def test_a_prompt_that_nothing_answered_teaches_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        home.set_policy(cloud_share=0.5)
        pacer, before = home.rooms.pacer, repr(home.rooms.pacer)
        decision = decide(ask(), [candidate(), cloud()], Budget(), Policy())
        pacer.learn(RequestView(id="x", at_ms=0, state="failed", because=""), decision)
    assert repr(pacer) == before


# -- a month by hand


MONTH_NANO = 200 * CENT


def month_of(a_day: int, seed: int, *, drift: bool) -> list[int]:
    """What is spent on each of 30 days, by day-time prompts of random worth and price."""
    chance, now, spent = Random(seed), [0], 0
    pacer = Pacer(lambda: now[0], lambda: True)
    policy, days = Policy(mode="balanced"), []
    for day in range(30):
        before = spent
        for number in range(a_day):
            now[0] = day * DAY_MS + (8 + number * 10 // a_day) * 3_600_000
            window = BudgetWindow(
                window="month", limit_nano=MONTH_NANO, spent_nano=spent, reserved_nano=0,
                resets_at_ms=30 * DAY_MS,
            )  # fmt: skip
            cost = chance.randrange(CENT // 4, 2 * CENT)
            gain = 0.9 if drift and day >= 15 else 0.6
            fleet = (
                candidate(quality=max(0.0, 0.9 - chance.random() * gain)),
                cloud(cost_nano=cost, worst_cost_nano=cost),
            )
            budget = pacer.paced(Budget(windows=(window,)), policy)
            decision = decide(ask(), fleet, budget, policy)
            out = decision.order[0].place == "cloud"
            spent += cost if out else 0
            paid, place = cost if out else 0, decision.order[0].place
            row = RequestView(
                id="x", at_ms=now[0], state="done", because="", place=place, cost_nano=paid
            )
            pacer.learn(row, decision)
        days.append(spent - before)
    return days


@pytest.mark.parametrize("drift", [False, True])
def test_a_month_of_money_is_spent_evenly(drift: bool) -> None:
    """The prompts would cost several times the limit: each week takes its part of it."""
    days = month_of(60, 7, drift=drift)
    assert sum(days) <= MONTH_NANO
    weeks = [sum(days[start : start + 7]) for start in (0, 7, 14, 21)]
    even = MONTH_NANO * 7 / 30
    assert all(0.7 * even < week < 1.3 * even for week in weeks)
    assert sum(days) > 0.85 * MONTH_NANO


def test_without_the_pace_the_same_month_is_over_early() -> None:
    """What the test above would see where nothing held the money."""
    policy, spent = Policy(mode="balanced"), 0
    chance = Random(7)
    for _ in range(15 * 60):
        cost = chance.randrange(CENT // 4, 2 * CENT)
        home = candidate(quality=max(0.0, 0.9 - chance.random() * 0.7))
        order = decide(ask(), (home, cloud(cost_nano=cost)), Budget(), policy).order
        spent += cost if order[0].place == "cloud" else 0
    assert spent > 0.6 * MONTH_NANO


def test_the_price_of_a_month_without_a_limit_is_nothing() -> None:
    pacer = Pacer(lambda: 0, lambda: True)
    budget = pacer.paced(Budget(), Policy())
    assert budget == Budget()
    assert pacer.views(replace(budget), Policy()) == ()
