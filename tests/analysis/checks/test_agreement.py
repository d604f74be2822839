"""Whether answers say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.agreement import agree, consensus
from homeport.policies.model import Checkable

PROGRAM = "```python\ndef add(first, second):\n    'Adds.'\n    return first + second\n```"
RENAMED = "Here:\n```py\ndef plus(a: int, b: int) -> int:\n    return a + b  # the sum\n```"
OTHER = "```python\ndef add(a, b):\n    return b + a\n```"


@pytest.mark.parametrize(
    ("first", "second", "kind", "expected"),
    [
        ("The answer is 42.", r"\boxed{42.0}", "number", True),
        ("#### 1,000", "It comes to 1000 pens", "number", True),
        ("3.33", r"\boxed{\frac{10}{3}}", "number", True),
        ("3", "4", "number", False),
        (r"\boxed{x^2+1}", r"\boxed{x^2 + 1}", "number", True),
        (r"\boxed{\pi}", "3", "number", False),
        ("no idea", "4", "number", None),
        ("(B)", "The answer is B", "choice", True),
        ("(B)", "The answer is C", "choice", False),
        ("Yes.", "True", "label", True),
        ("spam", "not spam", "label", False),
        ('{"a": 1, "b": 2.0}', '```json\n{"b": 2, "a": 1}\n```', "json", True),
        ('{"a": 1}', '{"a": "1"}', "json", False),
        ("[1, 2]", "[2, 1]", "json", False),
        ("no json", "[2, 1]", "json", None),
        (PROGRAM, RENAMED, "code", True),
        (PROGRAM, OTHER, "code", None),
        ("```go\nx := 1\n```", "```go\nx  :=  1\n```", "code", True),
        ("Canberra", "Canberra", "free", None),
    ],
)
def test_two_answers(first: str, second: str, kind: Checkable, expected: bool | None) -> None:
    assert agree(first, second, kind) is expected
    assert agree(second, first, kind) is expected


def test_most_of_them_come_first() -> None:
    groups = consensus(["7", "8", "#### 8", "hm", r"\boxed{7}", "8"], "number")
    assert [(group.members, group.count, group.final.text) for group in groups] == [
        ((1, 2, 5), 3, "8"),
        ((0, 4), 2, "7"),
    ]


def test_of_equal_groups_the_one_that_began_first_is_first() -> None:
    groups = consensus(["b", "a"], "label")
    assert [group.final.text for group in groups] == ["b", "a"]


def test_free_text_has_no_groups() -> None:
    assert consensus(["yes", "yes"], "free") == ()


def test_programs_are_grouped_by_their_trees() -> None:
    assert [group.members for group in consensus([PROGRAM, OTHER, RENAMED], "code")] == [
        (0, 2),
        (1,),
    ]


NUMBERS = st.lists(st.integers(0, 5).map(str) | st.just("none"), max_size=12)


@given(NUMBERS)
def test_each_answer_with_a_result_is_in_one_group(answers: list[str]) -> None:
    groups = consensus(answers, "number")
    placed = sorted(place for group in groups for place in group.members)
    assert placed == [place for place, answer in enumerate(answers) if answer != "none"]
    assert [group.count for group in groups] == sorted((g.count for g in groups), reverse=True)
