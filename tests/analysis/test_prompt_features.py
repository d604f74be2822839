"""What the prompt-side model sees."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.analysis.prompt_features import DENSE, KINDS, features_of_text

CHOICE = "Which of these is a prime?\nA. 4\nB. 6\nC. 7\nD. None of the above"


def number(text: str, name: str) -> float:
    return features_of_text(text).dense[DENSE.index(name)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (CHOICE, "option_count", 1.0),
        (CHOICE, "option_numbers", 0.75),
        (CHOICE, "option_refers", 1.0),
        (CHOICE, "stem_asks", 1.0),
        (CHOICE, "checkable_choice", 1.0),
        ("Which of these is not, and never was, a city?", "negations", 2.0),
        ("The capital of France is __", "blank", 1.0),
        ("Statement 1 | All rings are fields.", "statement", 1.0),
        ("bird bird bird", "repeated", 1.0),
        ("ABCDE fghij", "upper_share", 10 * 5 / 11),
        ("one two three", "words", 2.0),
        ("It costs $3 and 7 $.", "dollars", 1.584962500721156),
    ],
)
def test_numbers_are_what_their_names_say(text: str, name: str, value: float) -> None:
    assert number(text, name) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CHOICE, "few options"),
        ("Choose.\nA. a\nB. b\nC. c\nD. d\nE. e\nF. f", "many options"),
        ("Write a Python function that sorts a list.", "code"),
        ("Solve the equation x^2 = 4 for x.", "mathematics"),
        ("Write me a poem about the sea.", "other"),
    ],
)
def test_each_kind_is_told(text: str, kind: str) -> None:
    assert KINDS[features_of_text(text).kind] == kind


def test_twice_as_long_is_one_more() -> None:
    once, twice = "bird " * 63, "bird " * 126
    assert number(twice, "words") - number(once, "words") == pytest.approx(1, abs=0.02)


def test_pairs_of_words_are_terms() -> None:
    assert {"blue", "sky is", "is blue"} <= features_of_text("The sky is blue").terms


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=2_000))
def test_any_text_has_all_numbers(text: str) -> None:
    features = features_of_text(text)
    assert len(features.dense) == len(DENSE) == len(set(DENSE))
    assert all(map(isfinite, features.dense))
    assert 0 <= features.kind < len(KINDS)
