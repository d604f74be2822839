"""Rules that were made ready come to what they come to without."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from homeport.policies.model import Budget
from homeport.policies.rules import ready
from homeport.policies.rules.facts import FACTS, VALUES, facts_of
from homeport.policies.rules.judge import holds, merged
from homeport.policies.rules.ready import rules_that_apply, ruling_of
from homeport.policies.rules.rule import NOWHERE, Rule, Surroundings
from support.deciding import CALM, SURROUNDINGS, ask, rule_sets, situations


@CALM
@given(situations(), rule_sets(), SURROUNDINGS)
def test_the_same_rules_apply_and_come_to_the_same(
    given_: Any, rules: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, _, budget, _, _ = given_
    facts = facts_of(wanted, budget, around)
    plain = tuple(rule for rule in rules if holds(rule.when, facts))
    assert rules_that_apply(rules, wanted, budget, around) == plain
    assert ruling_of(rules, wanted, budget, around) == merged(plain)


def test_every_fact_has_a_value() -> None:
    assert VALUES.keys() == FACTS.keys()


def test_the_same_rules_are_the_same_tuple_each_time() -> None:
    rules = tuple(Rule(name=f"r{number}") for number in range(3))
    first = rules_that_apply(rules, ask(), Budget(), NOWHERE)
    assert first == rules
    assert rules_that_apply(rules, ask(), Budget(), NOWHERE) is first


def test_what_is_remembered_is_bounded() -> None:
    for number in range(3 * ready.KEPT):
        rules = (Rule(name=f"r{number}"),)
        assert rules_that_apply(rules, ask(), Budget(), NOWHERE) == rules
    assert len(ready._ready) <= ready.KEPT
