"""What a person's rules keep out, at their edges and in their words."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.policies.gates import rule
from homeport.policies.model import Budget, Candidate, Policy
from homeport.policies.rules.judge import merged
from homeport.policies.rules.rule import Orders, Rule
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, cloud


def objection(one: Candidate, say: str = "", **orders: Any) -> str | None:
    """What one rule with these orders says against a model."""
    ruling = merged([Rule(name="mine", then=Orders(**orders), say=say)])
    return rule(one, situation_of(ask(), [one], Budget(), Policy(), (), ruling))


def test_without_a_rule_nothing_is_said() -> None:
    assert rule(cloud(), situation_of(ask(), [cloud()], Budget(), Policy(), ())) is None


def test_places_that_are_admitted() -> None:
    assert objection(candidate(), places=("local",)) is None
    assert objection(cloud(), places=("local",)) == "The rule `mine` admits local only."
    assert objection(cloud(), places=("local", "cloud")) is None


def test_models_that_are_admitted_and_models_that_are_not() -> None:
    assert objection(candidate("a/one"), allow=("a/*",)) is None
    assert objection(candidate("b/two"), allow=("a/*",)) == "The rule `mine` admits a/* only."
    assert objection(candidate("a/one"), deny=("b/*",)) is None
    assert objection(candidate("b/two"), deny=("b/*",)) == "The rule `mine` keeps it out."


def test_patterns_take_no_notice_of_capitals() -> None:
    assert objection(candidate("A/One"), allow=("a/one*",)) is None
    assert objection(candidate("a/one"), allow=("A/ONE*",)) is None


@pytest.mark.parametrize(("cost", "is_dear"), [(None, False), (9, False), (10, False), (11, True)])
def test_what_is_dearer_than_a_rule_spends(cost: int | None, is_dear: bool) -> None:
    said = objection(cloud(cost_nano=cost, worst_cost_nano=cost), dearest_nano=10)
    assert (said is not None) is is_dear
    if said:
        assert said.startswith("The rule `mine` spends ")


@pytest.mark.parametrize(
    ("say", "told"),
    [
        ("", "."),
        ("Photos stay here", ": Photos stay here."),
        ("They stay.", ": They stay."),
        ("They stay!", ": They stay!"),
        ("Why not?", ": Why not?"),
    ],
)
def test_a_rules_own_sentence_ends_once(say: str, told: str) -> None:
    assert objection(cloud(), say, deny=("*",)) == f"The rule `mine` keeps it out{told}"


def test_a_refusal_is_told_to_everyone() -> None:
    assert objection(candidate(), refuse="Not today") == "The rule `mine` refuses: Not today."
