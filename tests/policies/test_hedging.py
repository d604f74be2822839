"""When an answer at home is hedged by one in the cloud, and when it may not be."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.policies.decide import decide
from homeport.policies.model import Budget, Candidate, Decision, Policy
from homeport.policies.rules.rule import NOWHERE, Surroundings
from support.deciding import ask, candidate, cloud, window

HOME = candidate("llamacpp/home", quality=0.8, total_ms=40_000, first_token_ms=9_000)
SKY = cloud("openai/quick", total_ms=3_000)
SLOW = cloud("openai/slow", total_ms=5_000, quality=0.95)
ON = Policy(hedge_after_ms=2_000, hedge_late_ms=20_000)
FLEET = [HOME, SKY, SLOW]


def decided(
    *,
    fleet: list[Candidate] | None = None,
    policy: Policy = ON,
    budget: Budget | None = None,
    around: Surroundings = NOWHERE,
    **changes: Any,
) -> Decision:
    wanted = ask(**{"strategy": "auto", **changes})
    return decide(wanted, fleet or FLEET, budget or Budget(), policy, around)


def test_a_late_answer_at_home_is_hedged_by_the_quickest_of_the_cloud() -> None:
    decision = decided()
    assert decision.strategy == "hedge"
    assert (decision.plan.models, decision.plan.delay_ms) == ((HOME.card.id, SKY.card.id), 2_000)
    assert "predicted to be done in 40 s" in decision.plan.why
    assert decision.order[0].model == HOME.card.id
    assert decision.because == "may be late here: the cloud starts if it is"


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": Policy()},
        {"policy": Policy(hedge_after_ms=2_000, hedge_late_ms=40_000)},
        {"privacy": "private"},
        {"requested_model": "local"},
        {"requested_model": HOME.card.id},
        {"around": Surroundings(metered=True)},
        {"budget": window(40_000_000)},
        {"max_cost_nano": 40_000_000},
        {"fleet": [HOME, cloud("openai/quick", total_ms=41_000)]},
        {"fleet": [HOME, cloud("openai/quick", link="offline-by-choice")]},
        {"fleet": [HOME]},
        {"mode": "local-only"},
        {"mode": "cloud-only"},
        {"strategy": "single"},
    ],
    ids=repr,
)
def test_else_one_model_answers(changes: dict[str, Any]) -> None:
    decision = decided(**changes)
    assert (decision.strategy, decision.plan.delay_ms) == ("single", 0)


def test_it_can_be_asked_for_and_says_why_it_cannot_be_had() -> None:
    asked = decided(strategy="hedge", policy=Policy())
    assert (asked.strategy, asked.plan.delay_ms) == ("hedge", 3_000)
    private = decided(strategy="hedge", privacy="private")
    assert private.strategy == "single"
    assert private.plan.why == "Nothing may start in the cloud beside it: one model answers."
    away = decided(strategy="hedge", mode="cloud-only")
    assert away.plan.why == "No model at home may answer: there is nothing to be hedged."
