"""What decisions teach the budget controller, and what its price does to the next ones."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from homeport.policies.budget_controller import CALL, BudgetController
from homeport.policies.decide import decide, next_after
from homeport.policies.model import Budget, Candidate, Decision, Pace, Policy, Scorecard
from homeport.policies.pacing import (
    Choice,
    call_price,
    choice_of,
    is_turned,
    learned,
    money_price,
    with_allowance,
)
from homeport.policies.scorecard import MOST_PACE
from support.deciding import ask, candidate, cloud, failure

CENT = 10_000_000
BALANCED = Policy(mode="balanced")


def decided(*fleet: Candidate, money: float = 0.0, call: float = 0.0, **changes: Any) -> Decision:
    return decide(ask(**changes), fleet, Budget(pace=Pace(money=money, call=call)), BALANCED)


def pace_terms(decision: Decision) -> dict[str, float]:
    return {card.model: dict(card.terms).get("pace", 0.0) for card in decision.order}


HOME, AWAY = candidate(quality=0.6), cloud(cost_nano=CENT)


def test_without_a_pace_nothing_is_added() -> None:
    assert pace_terms(decided(HOME, AWAY)) == {HOME.card.id: 0.0, AWAY.card.id: 0.0}


def test_money_has_to_bring_its_price_and_a_call_its_own() -> None:
    terms = pace_terms(decided(HOME, AWAY, money=1e-8, call=0.2))
    assert terms == {HOME.card.id: 0.0, AWAY.card.id: pytest.approx(-0.3)}
    assert pace_terms(decided(HOME, AWAY, call=-0.4))[AWAY.card.id] == 0.4


@pytest.mark.parametrize(("call", "term"), [(99.0, -MOST_PACE), (-99.0, MOST_PACE)])
def test_a_pace_is_bounded(call: float, term: float) -> None:
    assert pace_terms(decided(HOME, AWAY, call=call))[AWAY.card.id] == term


def test_the_most_that_a_pace_asks_keeps_everything_home_and_the_least_sends_it_out() -> None:
    best = cloud(quality=1.0, cost_nano=0, total_ms=1)
    worst = candidate(quality=0.0, demonstration=True, total_ms=900_000)
    assert decided(worst, best, call=MOST_PACE).order[0].place == "local"
    poor = cloud(quality=0.0, cost_nano=10**12, total_ms=900_000)
    good = candidate(quality=1.0, total_ms=1)
    assert decided(good, poor, call=-MOST_PACE).order[0].place == "cloud"


def test_after_a_failure_nothing_is_paced() -> None:
    budget = Budget(pace=Pace(call=4.0))
    decision = next_after(ask(), (HOME, AWAY), budget, BALANCED, [failure("x/y", "stall")])
    assert set(pace_terms(decision).values()) == {0.0}


def test_a_pace_is_of_the_money_and_of_the_call() -> None:
    assert pace_terms(decided(HOME, AWAY, money=1e-7)) == {HOME.card.id: 0.0, AWAY.card.id: -1.0}
    paid = candidate("b/paid", cost_nano=CENT)
    assert pace_terms(decided(paid, AWAY, money=1e-8, call=0.5)) == {
        "b/paid": -0.1, AWAY.card.id: -0.6,
    }  # fmt: skip


def test_who_names_a_model_is_not_paced() -> None:
    named = decided(HOME, AWAY, call=3.0, requested_model=AWAY.card.id)
    assert named.order[0].model == AWAY.card.id
    assert pace_terms(named)[AWAY.card.id] == 0.0


def test_where_the_pace_has_turned_a_decision_it_says_so() -> None:
    assert decided(HOME, AWAY).because.startswith("fits here")
    assert decided(HOME, AWAY, call=-1.0).because == "the cloud has its turn, about $0.01"
    cheap = cloud(cost_nano=1_000_000)
    assert decided(HOME, cheap).because.startswith("worth the trip")
    assert decided(HOME, cheap, call=1.0).because == "the cloud keeps to its pace: stays here"
    assert decided(HOME, cheap, call=-1.0).because.startswith("worth the trip")


def test_a_pace_never_opens_the_door_for_a_private_prompt() -> None:
    kept = decided(HOME, AWAY, call=-MOST_PACE, privacy="private")
    assert [card.place for card in kept.order] == ["local"]


def test_a_choice_is_what_going_out_gains_whatever_the_pace_was() -> None:
    plain = choice_of(decided(HOME, AWAY).order)
    assert plain is not None
    assert choice_of(decided(HOME, AWAY, money=2e-8, call=0.1).order) == plain
    assert plain == Choice(pytest.approx(0.4 * 0.3 - 0.3 / 3 - 0.05), CENT)


def two(out: float, home: float, **changes: Any) -> tuple[Scorecard, Scorecard]:
    """The cards of the cloud and of home, worth so much."""
    cards = {card.place: card for card in decided(HOME, AWAY).order}
    return (
        replace(cards["cloud"], utility=out, terms=(), **changes),
        replace(cards["local"], utility=home, terms=()),
    )


def test_a_choice_is_in_millionths_and_of_what_the_cloud_costs_more() -> None:
    out, home = two(0.1234567, 0.0, cost_nano=10)
    assert choice_of((out, home)) == Choice(0.123457, 10)
    assert choice_of((out, replace(home, cost_nano=3))) == Choice(0.123457, 7)
    assert choice_of((out, replace(home, cost_nano=10))) == Choice(0.123457, 1)


def test_a_decision_is_turned_where_the_pace_alone_changed_the_side() -> None:
    out, home = two(0.1, 0.3)
    kept_back = replace(out, terms=(("pace", -0.4),))
    assert is_turned((home, kept_back))
    assert not is_turned((home, out))
    assert not is_turned((replace(out, utility=0.3), kept_back))


def test_what_stayed_at_home_took_nothing_of_a_share() -> None:
    start = BudgetController(CALL // 5)
    after = learned(start, "calls", decided(HOME, AWAY), out=False, cost_nano=CENT)
    assert (after.debt, len(after.recent)) == (-CALL // 5, 1)


@pytest.mark.parametrize(("debt", "price"), [(-1, 0.199), (0, 0.199), (1, 0.201)])
def test_equals_go_out_while_nothing_is_owed(debt: int, price: float) -> None:
    seen = BudgetController(CALL // 2, recent=((0.2 / CALL, CALL),) * 3, debt=debt)
    assert call_price(seen) == price
    assert money_price(seen) == pytest.approx(price / CALL, rel=5e-3)
    assert (money_price(seen) > 0.2 / CALL) is (debt > 0)


def test_a_price_is_in_millionths() -> None:
    seen = BudgetController(CALL // 2, recent=((0.1234567 / CALL, CALL),) * 3)
    assert call_price(seen) == 0.122457


def test_where_one_side_is_missing_or_was_named_there_is_no_choice() -> None:
    assert choice_of(decided(HOME).order) is None
    assert choice_of(decided(AWAY).order) is None
    assert choice_of(decided(HOME, AWAY, requested_model=AWAY.card.id).order) is None


def test_what_only_the_cloud_could_answer_is_paid_for_and_teaches_nothing() -> None:
    start = BudgetController(CALL // 5)
    after = learned(start, "calls", decided(AWAY), out=True, cost_nano=CENT)
    assert (after.recent, after.debt) == ((), CALL - CALL // 5)
    assert learned(start, "calls", decided(HOME), out=False, cost_nano=0) == start
    saved = learned(start, "money", decided(HOME), out=False, cost_nano=0)
    assert (saved.recent, saved.debt) == ((), -CALL // 5)


def test_money_is_booked_as_it_was_spent() -> None:
    start = BudgetController(CENT)
    after = learned(start, "money", decided(HOME, AWAY), out=True, cost_nano=3 * CENT)
    assert after.debt == 2 * CENT
    assert after.recent[0][1] == CENT


def test_without_memory_nothing_has_a_price() -> None:
    assert call_price(None) == call_price(BudgetController(CALL)) == 0.0
    assert money_price(None) == money_price(BudgetController(CALL)) == 0.0


def test_while_a_debt_is_paid_back_nothing_is_bought() -> None:
    owing = BudgetController(0, recent=((1e-7, CALL),) * 3, debt=5)
    assert call_price(owing) == MOST_PACE
    assert money_price(owing) == MOST_PACE
    assert with_allowance(owing, 7).allowance == 7


def away_share(worths: list[float], share: float) -> float:
    """Of a stream of prompts, decided one by one under the pace of those before."""
    controller, away = BudgetController(round(share * CALL)), 0
    for worth in worths:
        home = candidate(quality=min(1.0, max(0.0, 0.9 - worth)))
        decision = decided(home, AWAY, call=call_price(controller))
        out = decision.order[0].place == "cloud"
        controller = learned(controller, "calls", decision, out=out, cost_nano=0)
        away += out
    return away / len(worths)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_a_share_is_held_within_three_points_whatever_comes(share: float) -> None:
    chance = Random(3)
    dull = [chance.gauss(0.1, 0.1) for _ in range(400)]
    worthy = [chance.gauss(0.6, 0.1) for _ in range(400)]
    assert away_share(dull + worthy, share) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("worth", [0.3, -0.4])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.9, 1.0])
def test_equals_are_shared_out_whatever_they_are_worth(worth: float, share: float) -> None:
    assert away_share([worth] * 200, share) == pytest.approx(share, abs=0.03)
