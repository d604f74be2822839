"""Every check that fits what was asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis import Facts, Turn, measure
from homeport.analysis.checks.looking import look
from homeport.policies.model import Ask, Verdict

SUM = "Sam has 3 boxes with 12 pens each. How many pens has he?"
CODE = "Write a Python function that reverses a linked list."


def ask_of(prompt: str, **facts: Any) -> Ask:
    return measure([Turn("user", prompt)], facts=Facts(**facts))


def found(verdicts: tuple[Verdict, ...]) -> dict[str, bool | None]:
    return {verdict.check: verdict.passed for verdict in verdicts}


@pytest.mark.parametrize(
    ("prompt", "facts", "answer", "expected"),
    [
        ("Who are you?", {}, "A router.", {"refusal": True, "truncation": True}),
        ("Who are you?", {}, "", {"refusal": True, "truncation": False}),
        (SUM, {}, "3 x 12 = 36", {"refusal": True, "truncation": True, "arithmetic": True}),
        (SUM, {}, "3 x 12 = 38", {"refusal": True, "truncation": True, "arithmetic": False}),
        (SUM, {}, "36", {"refusal": True, "truncation": True}),
        (CODE, {}, "```python\nx = \n```", {"refusal": True, "truncation": True, "code": False}),
        (CODE, {}, "I would loop.", {"refusal": True, "truncation": True, "code": None}),
        (
            "Who?",
            {"response_format": "json"},
            '{"a": 1}',
            {"refusal": True, "truncation": True, "schema": True},
        ),
        (
            "Who?",
            {"response_format": "json"},
            'Sure: {"a": 1}',
            {"refusal": True, "truncation": True, "schema": False},
        ),
    ],
)
def test_what_fits_is_looked_at(
    prompt: str, facts: dict[str, Any], answer: str, expected: dict[str, bool | None]
) -> None:
    assert found(look(answer, ask_of(prompt, **facts), finish="stop")) == expected


def test_a_shape_is_asked() -> None:
    ask = ask_of("Who?", response_format="json_schema")
    wrong = look('{"a": 1}', ask, shape=lambda value: "It lacks a key." if "b" not in value else "")
    assert [v.sentence for v in wrong if v.check == "schema"] == ["It lacks a key."]
    right = look('{"b": 1}', ask, shape=lambda value: "It lacks a key." if "b" not in value else "")
    assert found(right)["schema"] is True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("```python\nx = 1\n```", "Its program is Python that parses; it was not run."),
        ("```python\nx = \n```", "Its program is no valid Python (line 1)."),
        (
            "```go\nf(1)\n```",
            "The brackets of its program match; more is not checked for go.",
        ),
        ("```c\nf(1\n```", "A bracket of its program has no partner (line 1)."),
        ("```sh\nls\n```", "Its program is not checked: only Python is parsed."),
        ("no program", "No program was found in it."),
    ],
)
def test_what_was_seen_of_a_program_is_said(answer: str, sentence: str) -> None:
    verdicts = look(answer, ask_of(CODE), finish="stop")
    assert [verdict.sentence for verdict in verdicts if verdict.check == "code"] == [sentence]


def test_the_sentences_of_the_others() -> None:
    ask = ask_of(SUM)
    assert [v.sentence for v in look("3*4 = 13", ask, flagged=True, finish="length")] == [
        "Its provider marks it as a refusal.",
        "It was cut off: the model reached its limit of tokens.",
        "Sums in it that do not come out: 1 of 1.",
    ]
    assert look("1 + 1 = 2", ask)[-1].sentence == "Every sum in it comes out: 1 reckoned again."


@pytest.mark.parametrize("part", ["1+1=", "```\n", "sorry, i cannot a ", "<<", '{"a":', "(A"])
def test_a_megabyte_is_looked_at(part: str) -> None:
    text = part * (1_000_000 // len(part))
    for ask in (ask_of(SUM), ask_of(CODE), ask_of("Who?", response_format="json")):
        assert look(text, ask)[0].check == "refusal"


@given(st.text(min_size=12, max_size=60).filter(str.strip))
def test_a_verdict_holds_no_text(text: str) -> None:
    answer = f"zq{text}qz\n```python\nzq{text}qz\n```"
    for prompt in (SUM, CODE):
        assert f"zq{text}qz" not in repr(look(answer, ask_of(prompt), finish="stop"))
