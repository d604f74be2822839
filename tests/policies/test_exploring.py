"""By lot, the second of two that are worth nearly the same, and never anything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.decide import decide, next_after
from homeport.policies.exploring import CLOSE, MOST, explored
from homeport.policies.model import Ask, Budget, Candidate, Decision, Failure, Policy
from homeport.policies.rules.rule import Orders, Rule
from homeport.policies.scorecard import score
from homeport.policies.situation import situation_of
from support.deciding import CALM, ask, candidate, cloud, failure, situations

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]
ONE = candidate("a/one", quality=0.7)
OTHER = candidate("b/other", quality=0.65)
CURIOUS = Policy(explore=0.1)


def decided(
    *fleet: Candidate, lot: float | None = 0.0, policy: Policy = CURIOUS, **changes: Any
) -> Decision:
    return decide(ask(lot=lot, **changes), fleet or (ONE, OTHER), Budget(), policy)


def first(decision: Decision) -> tuple[str, float]:
    return decision.order[0].model, decision.propensity


@pytest.mark.parametrize(
    ("lot", "answer"),
    [(0.0, ("b/other", 0.1)), (0.099, ("b/other", 0.1)), (0.1, ("a/one", 0.9)),
     (0.99, ("a/one", 0.9)), (None, ("a/one", 1.0))],
)  # fmt: skip
def test_the_lot_decides(lot: float | None, answer: tuple[str, float]) -> None:
    assert first(decided(lot=lot)) == answer


def test_what_came_first_by_lot_says_so() -> None:
    assert decided().because == "tried by lot: worth nearly as much as what comes after it"
    assert "lot" not in decided(lot=0.5).because


def test_no_more_than_a_fifth_is_tried() -> None:
    greedy = Policy(explore=0.9)
    assert first(decided(lot=0.2, policy=greedy)) == ("a/one", 0.8)
    assert first(decided(lot=0.19, policy=greedy)) == ("b/other", 0.2)
    assert first(decided(policy=Policy(explore=float("nan")))) == ("a/one", 1.0)
    assert first(decided(policy=Policy())) == ("a/one", 1.0)


def test_far_apart_is_not_nearly_the_same() -> None:
    gap = decided(lot=None).order
    assert 0 < gap[0].utility - gap[1].utility <= CLOSE
    assert first(decided(ONE, replace(OTHER, quality=0.3))) == ("a/one", 1.0)


@pytest.mark.parametrize(("behind", "is_tried"), [(0.1, True), (0.13, False)])
def test_a_tenth_of_utility_is_nearly_the_same(behind: float, is_tried: bool) -> None:
    situation = situation_of(ask(lot=0.0), (ONE, OTHER), Budget(), CURIOUS, ())
    best = replace(score(ONE, situation), utility=behind)
    second = replace(score(OTHER, situation), utility=0.0)
    assert explored((best, second), situation)[1] == (0.1 if is_tried else 1.0)


def test_without_a_lot_nothing_is_tried() -> None:
    situation = situation_of(ask(lot=None), (ONE, OTHER), Budget(), CURIOUS, ())
    order = (score(ONE, situation), score(OTHER, situation))
    assert explored(order, situation) == (order, 1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"privacy": "private"},
        {"mode": "local-only"},
        {"requested_model": "local"},
        {"requested_model": "a/one"},
        {"requested_model": "other"},
        {"only": ("a/one", "b/other")},
    ],
)
def test_where_somebody_said_who_answers_nothing_is_tried(changes: dict[str, Any]) -> None:
    assert decided(**changes).propensity == 1.0


def test_where_a_place_was_named_nothing_is_tried() -> None:
    clouds = (replace(cloud("a/one"), quality=0.9), replace(cloud("b/other"), quality=0.88))
    assert decided(*clouds).propensity == 0.1
    assert decided(*clouds, requested_model="cloud").propensity == 1.0


def test_where_several_models_answer_nothing_is_tried() -> None:
    alone = decided(strategy="compare")
    assert (alone.strategy, alone.propensity) == ("compare", 1.0)
    assert alone.order[0].model == "a/one"


def test_a_rule_that_prefers_is_heard() -> None:
    for preferred in (("a/*",), ("a/*", "b/*")):
        rules = (Rule(name="mine", then=Orders(prefer=preferred)),)
        assert first(decided(policy=replace(CURIOUS, rules=rules))) == ("a/one", 1.0)


@pytest.mark.parametrize("term", ["demonstration", "reliability", "deadline", "requested"])
def test_what_is_not_relied_on_is_not_tried(term: str) -> None:
    wanted = ask(lot=0.0)
    situation = situation_of(wanted, (ONE, OTHER), Budget(), CURIOUS, ())
    best, second = score(ONE, situation), score(OTHER, situation)
    assert explored((best, second), situation) == ((second, best), 0.1)
    doubtful = replace(second, terms=(*second.terms, (term, -0.1)))
    assert explored((best, doubtful), situation) == ((best, doubtful), 1.0)


def test_after_a_failure_nothing_is_tried() -> None:
    history = [failure("c/gone", "stall")]
    decision = next_after(ask(lot=0.0), (ONE, OTHER), Budget(), CURIOUS, history)
    assert first(decision) == ("a/one", 1.0)


def test_a_gate_is_never_passed_by_lot() -> None:
    dear = cloud(quality=0.7, cost_nano=0, worst_cost_nano=60_000_000)
    found = decided(ONE, dear, max_cost_nano=50_000_000)
    assert [card.model for card in found.order] == ["a/one"]
    assert found.propensity == 1.0


@CALM
@given(situations(), st.floats(0, 1, exclude_max=True), st.floats(0, 1))
def test_the_lot_changes_the_first_two_and_nothing_else(
    given_: Situation, lot: float, share: float
) -> None:
    wanted, fleet, budget, policy, history = given_
    curious = replace(policy, explore=share)
    usual = next_after(wanted, fleet, budget, policy, history)
    found = next_after(replace(wanted, lot=lot), fleet, budget, curious, history)
    assert found.vetoes == usual.vetoes
    assert sorted(found.order, key=repr) == sorted(usual.order, key=repr)
    assert found.order[2:] == usual.order[2:]
    assert 0 < found.propensity <= 1
    if found.order != usual.order:
        assert found.propensity == min(share, MOST)
        assert wanted.privacy == "normal"
    elif found.propensity < 1:
        assert found.propensity == 1 - min(share, MOST)


def test_the_rest_of_the_order_stays_as_it_is() -> None:
    third, fourth = candidate("c/third", quality=0.3), candidate("d/fourth", quality=0.2)
    order = decided(ONE, OTHER, third, fourth).order
    assert [card.model for card in order] == ["b/other", "a/one", "c/third", "d/fourth"]
