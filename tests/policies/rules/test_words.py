"""Amounts, ranges and priorities as a person writes them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.model import Weights
from homeport.policies.rules.words import Unclear, range_from, range_told, weights_from


def test_what_is_not_named_keeps_its_weight() -> None:
    assert weights_from("budget=0.5, quality=1") == Weights(budget=0.5, latency=0.3, quality=1.0)


@pytest.mark.parametrize(
    "text",
    ["", "budget", "speed=1", "budget=x", "budget=-1", "budget=nan", "budget=1,budget=2",
     "budget=0,latency=0,quality=0", "quality=1e9"],
)  # fmt: skip
def test_weights_that_cannot_be(text: str) -> None:
    with pytest.raises(Unclear):
        weights_from(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    for read in (weights_from, range_from):
        with suppress(Unclear):
            read(text)


@pytest.mark.parametrize("text", ["10..20", "10..", "..20", "7", "22..6", "0.5..1"])
def test_a_range_is_told_as_it_is_written(text: str) -> None:
    assert range_told(*range_from(text)) == text


@pytest.mark.parametrize("text", ["..", "", "a..b", "1..2..3", "nan..1", "inf"])
def test_ranges_that_cannot_be(text: str) -> None:
    with pytest.raises(Unclear):
        range_from(text)
