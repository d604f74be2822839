"""The line about an answer."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.cli.ask_line import advice, how_it_was_made, where_why_cost
from homeport.client.wire import CheckView
from support.views import ask_result, attempt


def line(**fields: Any) -> str:
    return where_why_cost(ask_result(**fields))


def test_everything_known() -> None:
    assert line() == (
        "local smollm2-135m · only model here · 800 ms, first token 200 ms · 24 tokens/s · $0"
    )


def test_what_is_not_known_is_left_out_but_for_money() -> None:
    assert line(metadata={}, cost=None) == "local smollm2-135m · 800 ms · $?"


def test_an_estimate_is_marked() -> None:
    metadata = {"cost_nano": 20_900_000, "certain": False}
    assert line(metadata=metadata).endswith("~$0.02")


def test_dollars_stand_in_for_nano_dollars() -> None:
    assert line(metadata={}, cost=0.0213).endswith("$0.0213")


def test_a_hand_over_shows_the_way() -> None:
    attempts = (
        attempt(place="cloud", model="openai/gpt-5.5", outcome="reset"),
        attempt(place="cloud", model="openai/gpt-5.5", outcome="reset"),
        attempt(),
    )
    assert line(attempts=attempts).startswith("cloud→local smollm2-135m (3 attempts) · ")


def test_answers_that_are_only_compared_are_no_hand_over() -> None:
    attempts = (attempt(), attempt(place="cloud", model="openai/gpt-5.5"))
    said = line(attempts=attempts, strategy="verify")
    assert said.startswith("local smollm2-135m · ")
    assert "tokens/s" not in said


def test_no_attempts_leave_the_place() -> None:
    assert line(attempts=()).startswith("local smollm2-135m · ")


@pytest.mark.parametrize("because", ["two\nlines.", "two   lines"])
def test_it_is_one_line(because: str) -> None:
    assert " · two lines · " in line(metadata={"because": because})


def test_advice_is_empty_where_there_is_none() -> None:
    assert advice(ask_result()) == ""
    assert advice(ask_result(metadata={"advice": "Run: x"})) == "Run: x"


def test_a_demonstration_model_is_never_passed_over() -> None:
    assert "homeport doctor" in advice(ask_result(metadata={"demonstration": True}))


def made(**fields: Any) -> str:
    return how_it_was_made(ask_result(**fields))


def test_one_model_that_nothing_was_asked_of_needs_no_line() -> None:
    assert made() == ""


def test_every_model_that_had_a_part_is_named_once() -> None:
    tried = (attempt(model="a/x"), attempt(model="a/x"), attempt(model="b/y"))
    said = made(strategy="verify", attempts=tried, model_used="b/y", ensemble_models=("c/z",))
    assert said == "verify: a/x, b/y, c/z"


@pytest.mark.parametrize(
    ("passed", "sentence", "said"),
    [
        (True, "They agree.", "schema passed"),
        (False, "It is 51.", "schema failed (It is 51)"),
        (None, "No room.", "schema could not be told (No room)"),
        (False, "", "schema failed"),
    ],
)
def test_each_check_says_how_it_went(passed: bool | None, sentence: str, said: str) -> None:
    check = CheckView("schema", passed=passed, sentence=sentence)
    assert made(checks=(check,)) == f"checked: {said}"
    twice = made(strategy="verify", checks=(check, check))
    assert twice == f"verify: llamacpp/smollm2-135m · checked: {said}"


def test_what_was_told_of_one_answer_is_not_said_to_be_unknown() -> None:
    some = [CheckView("confidence", passed=passed, sentence="") for passed in (None, True, None)]
    other = CheckView("schema", passed=None, sentence="")
    said = made(checks=(*some, other))
    assert said == "checked: confidence passed; schema could not be told"
