"""Numbers as people write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.numbers import NUMBER, Number, number_of, plain_digits


def read(text: str, language: str = "") -> Number | None:
    found = NUMBER.search(plain_digits(text))
    return None if found is None else number_of(found, language)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1,234", "", "1234"),
        ("1,234,567.5", "", "1234567.5"),
        ("1.234.567,5", "", "1234567.5"),
        ("1.234", "en", "1.234"),
        ("1.234", "de", "1234"),
        ("1,234", "de", "1.234"),
        ("3,14", "", "3.14"),
        ("0,125", "en", "0.125"),
        ("1 234", "", "1234"),
        ("1'234'567", "", "1234567"),
        ("1_000", "", "1000"),
        ("-5", "", "-5"),
        ("\u22125", "", "-5"),
        ("1.5e3", "", "1500"),
        ("6 \u00d7 10^3", "", "6000"),
        ("2 \\times 10^{-2}", "", "0.02"),
        (".5", "", "0.5"),
        ("\uff11\uff12", "", "12"),
        ("\u0664\u0662", "", "42"),
        ("\u0967\u0968", "", "12"),
    ],
)
def test_a_number_is_read(text: str, language: str, value: str) -> None:
    number = read(text, language)
    assert number is not None
    assert number.value == Fraction(value)


def test_absurd_numbers_are_none() -> None:
    assert read("9" * 5_000) is None
    assert read("1e999") is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("3.33", "3.3333", True),
        ("3.3", "3.4", False),
        ("3", "3.3", False),
        ("3.0", "3", True),
        ("2.5", "2.50", True),
        ("0.67", "0.666666", True),
    ],
)
def test_a_rounded_number_is_the_same(one: str, other: str, is_same: bool) -> None:
    first, second = read(one), read(other)
    assert first is not None
    assert second is not None
    assert first.is_same(second) is is_same
    assert second.is_same(first) is is_same


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_come_back(value: int) -> None:
    for text in (str(value), f"{value:,}", f"{value:_}"):
        number = read(text)
        assert number is not None
        assert number == Number(Fraction(value), 0)
