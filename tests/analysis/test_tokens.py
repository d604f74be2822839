"""Estimates grow with the text, and the bound is never below what a tokenizer makes of it."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.analysis.facts import Facts, Turn
from homeport.analysis.tokens import (
    BY_REFERENCE_BOUND,
    count_bound,
    estimate_tokens,
    prompt_bound,
    prompt_estimate,
)

CALM = settings(deadline=None)

TEXT = st.text(alphabet=st.characters(), max_size=400)

# What tokenizers in use make of a text: the fewest and the most tokens to be expected.
KNOWN = [
    ("", 0, 0),
    ("The quick brown fox jumps over the lazy dog.", 9, 13),
    ("Write a function to find the last occurrence of a character in a string.", 14, 20),
    ("for (int i = 0; i < n; i++) { total += values[i]; }", 18, 30),
    ("Der schnelle braune Fuchs springt über den faulen Hund.", 11, 24),
    ("3.14159265358979323846", 8, 24),
    ("今天天气很好，我们去公园吧。", 8, 20),
    ("Быстрая лиса прыгает через ленивую собаку.", 10, 30),
]


@pytest.mark.parametrize(("text", "least", "most"), KNOWN)
def test_estimates_are_near(text: str, least: int, most: int) -> None:
    assert least <= estimate_tokens(text) <= most


def test_lone_surrogates_are_counted() -> None:
    assert count_bound("\ud800") == 3
    assert 1 <= estimate_tokens("\ud800") <= 3


@CALM
@given(TEXT)
def test_the_bound_is_the_bytes_and_the_estimate_is_within(text: str) -> None:
    assert count_bound(text) == len(text.encode("utf-8", "surrogatepass"))
    assert (1 if text else 0) <= estimate_tokens(text) <= count_bound(text)


@CALM
@given(TEXT, TEXT)
def test_more_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert estimate_tokens(text + more) >= max(estimate_tokens(text), estimate_tokens(more))
    assert count_bound(text + more) == count_bound(text) + count_bound(more)


@CALM
@given(st.lists(st.builds(Turn, st.just("user"), TEXT), max_size=4), st.integers(0, 9_000))
def test_everything_that_is_sent_counts(turns: list[Turn], size: int) -> None:
    facts = Facts(tools=2, tools_bytes=size, schema_bytes=size, response_format="json_schema")
    assert prompt_bound(turns, facts) >= 2 * size + sum(count_bound(turn.text) for turn in turns)
    assert (
        prompt_bound(turns, facts) > prompt_bound(turns, Facts()) >= prompt_estimate(turns, Facts())
    )


def test_input_held_elsewhere_counts_as_a_whole_window() -> None:
    facts = Facts(input_by_reference=True)
    assert prompt_bound([Turn("user", "see the file")], facts) >= BY_REFERENCE_BOUND
    assert prompt_estimate([Turn("user", "see the file")], facts) < 100
