"""The cases of the shipped policies, and what cases can say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.shelf.cases import outcomes
from homeport.daemon.shelf.shelf import Shelf, shipped
from homeport.policies.model import Policy
from support.edges import edges

SHELF = Shelf(Path("/nowhere"))
SHIPPED = [
    (name, number, case)
    for name, kept in sorted(shipped().items())
    for number, case in enumerate(kept.book.cases)
]


@pytest.mark.parametrize(
    ("name", "number", "case"), SHIPPED, ids=[f"{n}-{c['name']}" for n, _, c in SHIPPED]
)
def test_each_shipped_case_holds(name: str, number: int, case: dict[str, Any]) -> None:
    (outcome,) = outcomes([case], SHELF.policy(Policy(), name))
    assert outcome.wrong == ""


EDGES = edges()


@pytest.mark.parametrize("case", EDGES, ids=[case["name"] for case in EDGES])
def test_each_rule_of_the_default_policy_ends_where_it_says(case: dict[str, Any]) -> None:
    (outcome,) = outcomes([case], SHELF.policy(Policy(), "default"))
    assert outcome.wrong == ""


def test_every_rule_of_the_default_policy_has_its_edges() -> None:
    at_edges = {case["expect"].get("rule") for case in EDGES} - {None}
    assert at_edges == {rule.name for rule in shipped()["default"].book.rules}


@pytest.mark.parametrize("name", sorted(shipped()))
def test_each_shipped_rule_is_pinned_by_a_case(name: str) -> None:
    book = shipped()[name].book
    decided = {rule for case in book.cases for rule in [case["expect"].get("rule")] if rule}
    if name == "default":
        assert {rule.name for rule in book.rules} == decided
    assert book.cases


@pytest.mark.parametrize("name", sorted(shipped()))
def test_each_case_says_something_that_is_not_always_so(name: str) -> None:
    """Without its rules a policy fails at least the cases that name a rule."""
    book = shipped()[name].book
    naming = [case for case in book.cases if "rule" in case["expect"]]
    assert not any(outcome.ok for outcome in outcomes(naming, Policy()))


WRONG = [
    ({"expect": {"place": "cloud"}}, "expected place cloud, found local"),
    ({"expect": {}}, "A case needs an `expect` table."),
    ({"expect": {"plase": 1}}, "`plase` is nothing in `expect` of a case. There are: place,"),
    ({"ask": {"colour": 1}}, "`colour` is nothing in `ask` of a case."),
    ({"ask": {"mode": "fast"}}, "`mode` is one of local-only,"),
    ({"ask": 3}, "`ask` of a case is a table."),
    ({"models": ["gpt"]}, "`models` are of the stage: home/small,"),
    ({"ask": {"difficulty": "x"}}, "A value of this case is of another kind."),
    ({"ask": {"weights": "x"}}, "Weights are written as"),
    ({"around": {"budget_left": math.inf}}, "A value of this case is of another kind."),
    ({"mdels": []}, "`mdels` is nothing in a case."),
]


@pytest.mark.parametrize(("case", "sentence"), WRONG)
def test_what_is_wrong_with_a_case_is_a_sentence(case: dict[str, Any], sentence: str) -> None:
    (outcome,) = outcomes([case], Policy())
    assert not outcome.ok
    assert outcome.wrong.startswith(sentence)
    assert outcome.name == "case 1"
