"""Signs that a worked answer is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.worked import signs_of

QUESTION = "Sam has 20 pens and buys 3 boxes of 12. How many pens has he?"
GOOD = "He buys 3 x 12 = <<3*12=36>>36 pens.\nSo he has 20 + 36 = <<20+36=56>>56.\n#### 56"


def test_a_clean_answer_has_no_signs() -> None:
    signs = signs_of(QUESTION, GOOD, "56.0")
    assert signs[:5] == (0, 0, 0, 0, 0)
    assert signs.steps == pytest.approx(0.2)
    assert signs.suspicion < 0.1


@pytest.mark.parametrize(
    "answer",
    [
        "3 x 12 = 38",
        "20 + 36 = $58.",
        "3*12=<<3*12=37>>37",
        "100 / 8 = 12",
        "5 - 7 = 2",
        "1,000 \u00d7 2 = 200",
    ],
)
def test_sums_are_reckoned_again(answer: str) -> None:
    assert signs_of(QUESTION, answer, "56").wrong_sums


@pytest.mark.parametrize(
    "answer",
    [
        "1 / 3 = 0.33",
        "$1,200 + $300 = $1,500",
        "8 x $5 = $<<8*5=40>>40",
        "x = 20 - y",
        "2 + 3 * 4 = 14",
        "7 / 0 = ?",
    ],
)
def test_right_sums_and_no_sums_pass(answer: str) -> None:
    assert not signs_of(QUESTION, answer, "56").wrong_sums


def test_a_missing_result_and_unused_numbers_are_seen() -> None:
    signs = signs_of(QUESTION, "It is hard to say.", "")
    assert (signs.no_result, signs.odd_result, signs.unused) == (1, 1, 1)
    assert signs.suspicion > signs_of(QUESTION, GOOD, "56").suspicion


@pytest.mark.parametrize(("result", "odd"), [("56", 0), ("-3", 1), ("2.5", 1), ("pens", 1)])
def test_odd_results(result: str, odd: int) -> None:
    assert signs_of(QUESTION, GOOD, result).odd_result == odd


def test_a_result_of_the_question_is_suspect() -> None:
    assert signs_of(QUESTION, GOOD, "20").repeated == 1


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20))
def test_any_text_has_a_suspicion(question: str, answer: str, result: str) -> None:
    assert 0 <= signs_of(question, answer, result).suspicion <= 1


@given(st.text("0123456789.,<>=+-*/x$ ", max_size=80))
def test_any_reckoning_has_a_suspicion(answer: str) -> None:
    assert 0 <= signs_of("1 and 2", answer, answer).suspicion <= 1
