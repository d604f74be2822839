"""What can be checked about an answer."""

from __future__ import annotations

import pytest

from homeport.analysis.facts import Facts, Turn
from homeport.analysis.measure import measure


@pytest.mark.parametrize(
    ("text", "checkable"),
    [
        ("Which is right? A) one B) two C) three", "choice"),
        ("Is the earth flat, true or false?", "label"),
        ("Ist Wasser nass? Antworte mit ja oder nein.", "label"),
        ("Write a function that sorts a list.", "code"),
        ("Explain this code: def f(x): return x", "free"),
        ("Calculate 15% of 80.", "number"),
        ("Prove that the square root of 2 is irrational.", "free"),
        ("Tell me about tea.", "free"),
    ],
)
def test_checkable(text: str, checkable: str) -> None:
    assert measure([Turn("user", text)], facts=Facts()).checkable == checkable


def test_a_demanded_shape_comes_first() -> None:
    turns = [Turn("user", "Which is right? A) one B) two C) three")]
    assert measure(turns, facts=Facts(response_format="json")).checkable == "json"
