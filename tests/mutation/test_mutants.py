"""The small faults that `make mutate` puts in: each is one change, and a fault."""

from __future__ import annotations

import ast

import pytest

from homeport.policies.rules.rule import Condition, Orders, Rule, Trait
from mutation.mutants import mutants, mutated
from mutation.policy_mutants import policy_mutants

SOURCE = '''"""A module."""

LIMIT = 3


def smaller(value: int, named: str = "one") -> bool:
    """Says nothing."""
    if value < LIMIT and named:
        return True
    return not value
'''


def changes(source: str) -> set[str]:
    return {f"{mutant.before} -> {mutant.after}" for mutant in mutants(source)}


@pytest.mark.parametrize(
    "change",
    [
        "3 -> 4",
        "'one' -> 'mutated'",
        "value < LIMIT and named -> value < LIMIT or named",
        "value < LIMIT and named -> value < LIMIT",
        "value < LIMIT -> value <= LIMIT",
        "return True -> return None",
        "True -> False",
        "not value -> value",
    ],
)
def test_each_kind_of_fault_is_put_in(change: str) -> None:
    assert change in changes(SOURCE)


def test_each_mutant_is_another_module_and_none_is_the_same() -> None:
    texts = [ast.unparse(mutated(SOURCE, mutant.number)) for mutant in mutants(SOURCE)]
    assert len(set(texts)) == len(texts)
    assert ast.unparse(ast.parse(SOURCE)) not in texts
    assert ast.unparse(mutated(SOURCE, -1)) == ast.unparse(ast.parse(SOURCE))


def test_what_people_read_is_left_alone() -> None:
    assert changes('"""Docs."""\nSAY = f"{1} one"\nTELL = "Two words."\n') == set()


def test_what_only_the_type_checker_reads_is_left_alone() -> None:
    assert changes('Side = Literal["one", "other"]\n') == set()


def test_a_table_loses_one_row_at_a_time() -> None:
    assert {"(a, b, c) -> (b, c)", "(a, b, c) -> (a, c)", "(a, b, c) -> (a, b)"} <= changes(
        "ROWS = (a, b, c)"
    )
    assert "{1: a} -> {}" in changes("ROWS = {1: a}")


def test_a_rule_loses_its_parts_and_its_bounds_move() -> None:
    traits = (Trait(fact="difficulty", high=25.0), Trait(fact="tag", words=("a", "b")))
    rule = Rule(name="r", when=Condition(traits=traits), then=Orders(prefer=("local",)))
    said = [what for what, _ in policy_mutants((rule,))]
    assert said == [
        "`r` left out",
        "`r`: whatever its difficulty",
        "`r`: difficulty high 25 as 24",
        "`r`: difficulty high 25 as 26",
        "`r`: whatever its tag",
        "`r`: tag without a",
        "`r`: tag without b",
        "`r`: no prefer",
        "`r`: prefer local as cloud",
    ]
    assert all(rules != (rule,) for _, rules in policy_mutants((rule,)))
