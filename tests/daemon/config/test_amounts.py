"""What was meant by an amount that is no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.config.amounts import advice, in_line
from homeport.daemon.config.words import plain

ALONE = "write the number of US dollars alone, with a point: "


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$1.25", "1.25"),
        ("1,25", "1.25"),
        ("USD 1.25", "1.25"),
        ("1.25 $", "1.25"),
        ("125 cents", "1.25"),
        ("0.125¢", "0.00125"),
        ("1.250,50", "1250.5"),
        ("1,250.50", "1250.5"),
        ("1,250", "1.25, or 1250"),
        ("0,125", "0.125"),
        ("1.25/1M tokens", "1.25"),
        ("1.25 per million", "1.25"),
        ("0.00125 per 1K tokens", "1.25"),
        ("0,00125 $ / 1K", "1.25"),
        ("$0.00000125/token", "1.25"),
    ],
)
def test_dollars_are_to_be_a_number_for_a_million(written: str, meant: str) -> None:
    assert advice(written) == ALONE + meant


@pytest.mark.parametrize(
    ("written", "currency"),
    [("€1.25", "EUR"), ("1.25 eur", "EUR"), ("£3", "GBP"), ("CHF 2", "CHF")],
)
def test_another_currency_is_not_converted(written: str, currency: str) -> None:
    assert advice(written) == f"amounts are in US dollars, and {currency} is not converted"


@pytest.mark.parametrize("written", ["", "abc", "sk-123", "12 apples", "1.2.3", "$"])
def test_of_what_is_no_amount_nothing_is_said(written: str) -> None:
    assert advice(written) == ""


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("input = 1,25", "input"),
        ("  day_usd = $2 # mine", "day_usd"),
        ("input = 1.25", ""),
        ("input = -1_000.5", ""),
        ("input =", ""),
        ("a = 'x'", ""),
        ("x = [1,2", ""),
        ("at = 12:30", ""),
        ("[[price]]", ""),
    ],
)
def test_the_line_of_a_file_that_has_one(line: str, key: str) -> None:
    assert in_line(line)[0] == key


@given(st.text(max_size=30))
def test_no_text_is_too_strange(text: str) -> None:
    assert advice(text).count("\n") == 0
    in_line(text)


@given(st.integers(1, 10**9), st.integers(0, 6))
def test_a_number_is_told_as_it_was_meant(digits: int, point: int) -> None:
    number = digits / 10**point
    assert float(plain(number)) == pytest.approx(number)
    assert advice(f"${plain(number)}") == ALONE + plain(number)
