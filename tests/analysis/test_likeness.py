"""How much two texts have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.likeness import common, likeness, words_of

SEA = "The sea is deep, and the sea is blue."


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (SEA, SEA, 1.0),
        (SEA, "THE SEA: DEEP AND BLUE!", 1.0),
        (SEA, "Mountains rise high.", 0.0),
        ("deep blue", "deep green", 0.5),
        ("", SEA, 0.0),
        ("海很深很蓝", "海很深很蓝", 1.0),
        ("海很深", "山很高", 0.0),
    ],
)
def test_words_in_common(one: str, other: str, share: float) -> None:
    assert likeness(words_of(one), words_of(other)) == share


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    first, second = words_of(one), words_of(other)
    assert 0.0 <= likeness(first, second) <= 1.0
    assert likeness(first, second) == likeness(second, first)


def test_the_odd_one_out_has_least_in_common() -> None:
    shares = common(["The sea is blue", "The sea is blue and deep", "Mountains rise"])
    assert shares[2] == 0.0
    assert min(shares[:2]) > 0.3
    assert common(["alone"]) == [0.0]
    assert common([]) == []
