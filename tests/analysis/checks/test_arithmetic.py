"""Sums, reckoned again."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.arithmetic import reckon, sums_of, wrong_share


@pytest.mark.parametrize(
    "text",
    [
        "3 x 12 = 36",
        "20 + 36 + 4 = $60.",
        "2 + 3 * 4 = 14",
        "(2 + 3) * 4 = 20",
        "1 / 3 = 0.33",
        "2 / 3 = 0.67 and 2 / 3 = 0.66",
        "$1,200 + $300 = $1,500",
        "8 x $5 x 60% = $<<8*5*60/100=24>>24",
        "0.5 * 100 = 50%",
        "1/4 + 1/4 = 1/2",
        r"3 \times 4 = 12 and 10 \div 4 = 2.5",
        "2^10 = 1024 and 2 ** 3 = 8",
        "5 - 7 = -2",
        "1. 3 + 4 = 7",
        "**3 + 4 = 7**",
        "3 \u00d7 4 = **12**",
        "so (2 + 3 = 5)",
        "100 / 8 = 12.5",
    ],
)
def test_right_sums(text: str) -> None:
    assert sums_of(text)
    assert wrong_share(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "3 x 12 = 38",
        "20 + 30 - 29 + 17 = 48",
        "17 * (20 - 5) = $204",
        "100 / 8 = 12",
        "<<20+80+160=250>>",
        "1234 * 5678 = 7006650",
        "2 + 3 * 4 = 20",
    ],
)
def test_wrong_sums(text: str) -> None:
    assert wrong_share(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = 20 - y",
        "a - 3 + 5 = 7",
        "f(2+1) = 9",
        "2x = 6",
        "x == 3+4",
        "7 / 0 = 3",
        "7 / 1/2 = 14",
        "sqrt(4) + 3 = 5",
        "17 mod 5 = 2",
        "12 = 12",
        "3 + 4 = 7 + x",
        "240 * 100% = 40 * all",
        "3 + 4 = 7k",
        "5 apples - 3 apples = 2 apples",
        "9^99 = 1",
        "(((((99^12)^12)^12)^12)^12) = 1",
        "((((((((0.1^12)^12)^12)^12)^12)^12)^12)^12 = 1",
        "",
    ],
)
def test_what_is_no_sum_is_left_alone(text: str) -> None:
    assert sums_of(text) == []
    assert wrong_share(text) is None


def test_the_share_counts_each_sum() -> None:
    assert wrong_share("1 + 1 = 2\n1 + 1 = 3\n2 + 2 = 4\n2 * 2 = 4") == 0.25


def test_brackets_and_signs_are_reckoned() -> None:
    assert reckon("-(2 - 5) * 3") == (Fraction(9), 2)
    for broken in ("2 +", "(2", "2 2", "((((((((((1))))))))))", ""):
        with pytest.raises(ValueError, match=r"\w"):
            reckon(broken)


@given(st.lists(st.integers(0, 999), min_size=2, max_size=6), st.integers(-50, 50))
def test_a_sum_is_right_exactly_where_it_is(parts: list[int], off: int) -> None:
    text = f"So {' + '.join(map(str, parts))} = {sum(parts) + off} pens"
    assert wrong_share(text) == (off != 0)


@given(st.text("0123456789.,<>=+-*/x$()%^ \\", max_size=120))
def test_any_reckoning_has_a_share(text: str) -> None:
    share = wrong_share(text)
    assert share is None or 0 <= share <= 1
