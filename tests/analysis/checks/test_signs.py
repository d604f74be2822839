"""Numbers for a calibration."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis import Facts, Turn, measure
from homeport.analysis.checks.signs import NAMES, AnswerSigns, features

NUMBER = measure([Turn("user", "What is 17 * 23?")], facts=Facts())
CODE = measure([Turn("user", "Write a Python function that adds.")], facts=Facts())
JSON = measure([Turn("user", "Who?")], facts=Facts(response_format="json"))


def test_a_plain_answer() -> None:
    signs = features("17 * 23 = 391", NUMBER, finish="stop", logprob_mean=-0.1, agreement=1.0)
    assert signs.token_chance == pytest.approx(math.exp(-0.1))
    assert (signs.has_logprobs, signs.has_others, signs.agreement) == (1, 1, 1)
    assert (signs.has_sums, signs.wrong_sums, signs.no_result, signs.is_refusal) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("answer", "options", "sign"),
    [
        ("17 * 23 = 392", {}, "wrong_sums"),
        ("I do not know.", {}, "no_result"),
        ("Perhaps 391, but I am not sure.", {}, "doubt"),
        ("It is obviously 391, of course.", {}, "certainty"),
        ("Wait, actually it is 391.", {}, "turns"),
        ("391", {"flagged": True}, "is_refusal"),
        ("391", {"finish": "length"}, "is_cut"),
        ("391", {"logprob_least": -0.5}, "weakest_token"),
        ("391", {}, "shortness"),
    ],
)
def test_a_sign_shows(answer: str, options: dict[str, Any], sign: str) -> None:
    assert getattr(features(answer, NUMBER, **options), sign) > 0


def test_a_broken_shape_is_a_sign() -> None:
    assert features("```python\nx = \n```", CODE).is_broken == 1
    assert features("```python\nx = 1\n```", CODE).is_broken == 0
    assert features("no", JSON).is_broken == 1
    assert features("[]", JSON).is_broken == 0


def test_what_is_not_known_is_told_apart() -> None:
    signs = features("391", NUMBER)
    assert (signs.has_logprobs, signs.has_others, signs.has_sums) == (0, 0, 0)
    assert features("391", NUMBER, logprob_mean=math.nan).token_chance == 0


def test_each_number_has_a_name() -> None:
    assert len(NAMES) == len(features("391", NUMBER)) == len(set(NAMES))


LOGPROBS = st.none() | st.floats(-100, 1)


@given(st.text(max_size=300), LOGPROBS, LOGPROBS, st.none() | st.floats(0, 1))
def test_every_number_is_a_share(
    answer: str, mean: float | None, least: float | None, agreement: float | None
) -> None:
    signs: AnswerSigns = features(
        answer, NUMBER, logprob_mean=mean, logprob_least=least, agreement=agreement
    )
    assert all(0 <= number <= 1 for number in signs)
