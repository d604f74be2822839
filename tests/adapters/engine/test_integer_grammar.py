"""Whole numbers between bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.integer_grammar import integer_between


def as_pattern(expression: str) -> re.Pattern[str]:
    """The expression as a regular one: the same but for spaces and quotes."""
    return re.compile(re.sub(r'[ "]', "", expression))


numbers = st.one_of(st.integers(-1200, 1200), st.integers(-(10**14), 10**14))


@given(bounds=st.tuples(numbers, numbers), number=numbers)
def test_exactly_the_numbers_between_are_accepted(bounds: tuple[int, int], number: int) -> None:
    least, most = sorted(bounds)
    pattern = as_pattern(integer_between(least, most))
    for candidate in (number, least, most, least - 1, most + 1):
        accepted = pattern.fullmatch(str(candidate)) is not None
        assert accepted == (least <= candidate <= most)


@given(bound=numbers, number=numbers)
def test_one_bound_is_enough(bound: int, number: int) -> None:
    above = as_pattern(integer_between(bound, None))
    below = as_pattern(integer_between(None, bound))
    assert (above.fullmatch(str(number)) is not None) == (number >= bound)
    assert (below.fullmatch(str(number)) is not None) == (number <= bound)


@given(bound=st.integers(10**14, 10**20))
def test_a_bound_of_many_digits_asks_for_as_many(bound: int) -> None:
    above = integer_between(bound, None)
    below = integer_between(None, -bound)
    for least, most in re.findall(r"\{(\d+),(\d+)\}", above + below):
        assert int(least) <= int(most)
    assert as_pattern(above).fullmatch(str(bound))
    assert as_pattern(below).fullmatch(str(-bound))
    assert not as_pattern(above).fullmatch(str(bound - 1))


def test_an_empty_range_is_an_error() -> None:
    with pytest.raises(ValueError, match="no integer"):
        integer_between(3, 2)


def test_numbers_have_no_leading_zeros() -> None:
    pattern = as_pattern(integer_between(0, 500))
    assert not pattern.fullmatch("007")
    assert not pattern.fullmatch("-0")
