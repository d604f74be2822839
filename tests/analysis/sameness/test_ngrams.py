"""How alike two texts look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.sameness.ngrams import counts_of, similarity


def alike(one: str, other: str) -> float:
    return similarity(counts_of(one), counts_of(other))


@given(st.text(), st.text())
def test_it_is_a_share_and_the_same_either_way(one: str, other: str) -> None:
    assert 0 <= alike(one, other) <= 1
    assert alike(one, other) == pytest.approx(alike(other, one))


def test_it_sees_letters_and_no_meaning() -> None:
    assert alike("The dog bit the man", "the dog  bit the man") == pytest.approx(1)
    assert alike("The dog bit the man", "The man bit the dog") > 0.5
    assert alike("Is it legal?", "Is it illegal?") > 0.5
    assert alike("Why is the sky blue?", "Bake a cake") < 0.1


def test_of_a_long_text_both_ends_are_read() -> None:
    middle = "x" * 20_000
    assert alike(f"abc {middle} def", f"abc {middle} uvw") < 1
    assert alike("", "abc") == 0


def test_half_a_character_is_as_good_as_any() -> None:
    assert similarity(counts_of("half \ud83d"), counts_of("half \ud83d")) == 1.0
