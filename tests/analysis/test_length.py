"""How long an answer is expected to be."""

from __future__ import annotations

import pytest

from homeport.analysis.facts import Facts, Turn
from homeport.analysis.length import LONGEST
from homeport.analysis.measure import measure


def expected(text: str, max_tokens: int | None = None) -> int:
    return measure([Turn("user", text)], facts=Facts(max_tokens=max_tokens)).output_tokens


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("Write an essay of 400 words about tea.", 500, 700),
        ("Explain tides in 2 sentences.", 40, 60),
        ("Schreibe 3 Absätze über Tee.", 300, 360),
        ("Give me 5 ideas for dinner.", 100, 200),
        ("Answer in one word: is water wet?", 1, 10),
        ("Is this spam or not spam: hello", 1, 10),
        ("Briefly, what is a tide?", 40, 70),
        ("Explain in detail what a tide is.", 200, 300),
        ("Write 99999 pages.", LONGEST, LONGEST),
    ],
)
def test_hints_are_followed(text: str, least: int, most: int) -> None:
    assert least <= expected(text) <= most


def test_a_translation_is_as_long_as_its_text() -> None:
    assert expected("Translate to French: " + "The sea is calm tonight. " * 100) > 500


def test_the_callers_cap_holds() -> None:
    assert expected("Write an essay of 400 words about tea.", 20) == 20
    assert expected("hi", 0) == 1
