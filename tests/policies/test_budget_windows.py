"""Windows of one provider or model stop that one, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.policies import decide
from homeport.policies.model import Budget, Policy
from homeport.policies.rules.facts import budget_left
from support.deciding import ask, cloud, window

SKY = cloud("sky/best", worst_cost_nano=50)
SEA = cloud("sea/best", worst_cost_nano=50)


def budget(scope: str, name: str) -> Budget:
    (one,) = window(10, "week").windows
    return Budget(windows=(replace(one, scope=scope, name=name),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "name", "vetoed"),
    [
        ("provider", "sky", {"sky/best"}),
        ("model", "sea/best", {"sea/best"}),
        ("model", "best", set()),
        ("client", "editor", {"sky/best", "sea/best"}),
        ("all", "", {"sky/best", "sea/best"}),
    ],
)
def test_a_window_vetoes_whom_it_covers(scope: str, name: str, vetoed: set[str]) -> None:
    decision = decide(ask(), [SKY, SEA], budget(scope, name), Policy())
    assert {veto.model for veto in decision.vetoes if veto.gate == "budget"} == vetoed
    for veto in decision.vetoes:
        assert f"this week's budget for {scope} {name} has" in veto.reason or scope == "all"


@pytest.mark.parametrize(
    ("scope", "name", "members"),
    [("provider", "sky", 1), ("provider", "sea", 2), ("client", "editor", 1)],
)
def test_answers_at_once_fit_into_each_window_together(scope: str, name: str, members: int) -> None:
    (one,) = budget(scope, name).windows
    held = Budget(windows=(replace(one, limit_nano=80),))
    others = [SKY, cloud("sky/other", worst_cost_nano=50)]
    asked = ask(strategy="compare", requested_model="auto")
    decision = decide(asked, others, held, Policy())
    assert max(1, len(decision.plan.models)) == members


def test_rules_go_by_the_windows_of_all_models() -> None:
    assert budget_left(budget("provider", "sky")) == 1.0
    assert budget_left(budget("tag", "work")) == 1.0
    spent = replace(budget("tag", "work").windows[0], spent_nano=10)
    assert budget_left(Budget(windows=(spent,))) == 0.0
