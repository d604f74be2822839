"""Rules that contradict each other, can never match or never have a say."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given

from homeport.policies.model import Ask, Budget
from homeport.policies.rules.reading import book_from
from homeport.policies.rules.ready import rules_that_apply
from homeport.policies.rules.rule import Condition, Rule, Surroundings
from homeport.policies.rules.sense import covers, findings
from support.deciding import ASKS, CALM, CONDITIONS, SURROUNDINGS


def rules(*tables: tuple[str, str]) -> tuple[Rule, ...]:
    text = "".join(
        f'[[rule]]\nname = "r{number}"\nwhen = {when}\nthen = {then}\n'
        for number, (when, then) in enumerate(tables, 1)
    )
    book, found = book_from(tomllib.loads(text), "mine")
    assert found == []
    return book.rules


def found(*tables: tuple[str, str]) -> list[str]:
    return [finding.sentence for finding in findings(rules(*tables))]


LOCAL, CLOUD, CHEAP = '{ place = "local" }', '{ place = "cloud" }', "{ max_cost = 0.01 }"
SENSELESS = [
    (
        [('{ task = "code" }', LOCAL), ('{ task = "code" }', CLOUD)],
        "The rule `r2` contradicts `r1`: both match the same prompts, and `place` was set before.",
    ),
    (
        [('{ difficulty = "..50" }', LOCAL), ('{ difficulty = "10..20", task = "code" }', CLOUD)],
        "The rule `r2` never has a say: `r1` comes first, matches as much and sets the same.",
    ),
    (
        [("{}", '{ refuse = "No." }'), ('{ task = "code" }', LOCAL)],
        "The rule `r2` never has a say: `r1` comes first, and it refuses.",
    ),
    (
        [('{ tag = "work*" }', LOCAL), ('{ tag = ["workshop", "work"] }', CLOUD)],
        "The rule `r2` never has a say: `r1` comes first, matches as much and sets the same.",
    ),
    (
        [('{ level = "basic", difficulty = "60.." }', LOCAL)],
        "The rule `r1` can never match: no basic prompt has a difficulty of 60...",
    ),
    (
        [('{ task = "code", all = [{ task = "chat" }] }', LOCAL)],
        "The rule `r1` can never match: `task` would have to be code and chat at once.",
    ),
    (
        [('{ input_tokens = "..10", all = { input_tokens = "20.." } }', LOCAL)],
        "The rule `r1` can never match: `input_tokens` would have to be ..10 and 20.. at once.",
    ),
    (
        [('{ task = "code", not = { task = ["code", "data"] } }', LOCAL)],
        "The rule `r1` can never match: its `not` takes back all that the rest asks for.",
    ),
    (
        [('{ task = "code", any = [{ task = "chat" }, { task = "data" }] }', LOCAL)],
        "The rule `r1` can never match: none of its `any` can hold.",
    ),
]


@pytest.mark.parametrize(("tables", "sentence"), SENSELESS)
def test_what_makes_no_sense(tables: list[tuple[str, str]], sentence: str) -> None:
    assert found(*tables) == [sentence]


SENSIBLE = [
    [('{ task = "code" }', LOCAL), ('{ task = "code" }', CHEAP)],
    [('{ task = "code" }', LOCAL), ('{ task = ["code", "data"] }', CLOUD)],
    [('{ task = "code", tag = "x" }', LOCAL), ('{ task = "code" }', CLOUD)],
    [('{ hour = "22..6" }', LOCAL), ('{ hour = "23..5" }', CLOUD)],
    [('{ needs = ["tools", "images"] }', LOCAL), ('{ needs = "tools" }', CLOUD)],
    [('{ tag = "a", all = { tag = "b" } }', LOCAL)],
    [('{ any = [{ task = "code" }, { tag = "x" }] }', LOCAL), ('{ tag = "y" }', CLOUD)],
]


@pytest.mark.parametrize("tables", SENSIBLE)
def test_what_makes_sense(tables: list[tuple[str, str]]) -> None:
    assert found(*tables) == []


def test_models_that_nobody_has_are_named_with_the_nearest() -> None:
    named = rules(("{}", '{ deny = ["openai/gpt-55", "local", "ollama/*"] }'))
    (finding,) = findings(named, ["openai/gpt-5.5", "ollama/qwen3"])
    assert finding.nearest == "openai/gpt-5.5"
    assert finding.key == ("rule", 0, "then", "deny")


@CALM
@given(CONDITIONS, CONDITIONS, ASKS, SURROUNDINGS)
def test_what_covers_another_matches_all_that_it_matches(
    wide: Condition, narrow: Condition, wanted: Ask, around: Surroundings
) -> None:
    if covers(wide, narrow) and rules_that_apply(
        (Rule(name="n", when=narrow),), wanted, Budget(), around
    ):
        assert rules_that_apply((Rule(name="w", when=wide),), wanted, Budget(), around)


@CALM
@given(CONDITIONS, ASKS, SURROUNDINGS)
def test_what_is_called_impossible_never_matches(
    condition: Condition, wanted: Ask, around: Surroundings
) -> None:
    rule = Rule(name="r", when=condition)
    if any("never match" in finding.sentence for finding in findings((rule,))):
        assert not rules_that_apply((rule,), wanted, Budget(), around)
