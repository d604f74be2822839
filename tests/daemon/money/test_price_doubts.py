"""Prices that cannot be meant, each with what may have been; and those that can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.money.price import FREE, flat
from homeport.daemon.money.price_doubts import FAR, UNITS, doubt

GPT = flat(1_250_000_000, 10_000_000_000, source="a list")


def of(given: float, answered: float) -> dict[str, float]:
    return {"input": given, "output": answered}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (of(0.00125, 0.01), "`input` = 0.00125 is 1,000 times below the $1.25 that is listed"),
        (of(0.00125, 0.01), "the price of a thousand tokens: write 1.25"),
        (of(0.00000125, 0.00001), "is 1,000,000 times below"),
        (of(0.00000125, 0.00001), "the price of one token: write 1.25"),
        (of(125, 1000), "the price of a million tokens in cents: write 1.25"),
        (of(0.125, 1), "a tenth of the $1.25 and $10"),
        (of(0.125, 1), "a thousand tokens in cents: write 1.25 and 10"),
        (of(0.000125, 0.001), "the price of one token in cents: write 1.25"),
        (of(10, 1.25), "look swapped: $1.25 and $10 are listed"),
        (of(1.25, 0.01), "`output` = 0.01 is 1,000 times below the $10"),
        (of(50, 400), "`input` = 50 is 40 times above the $1.25 that is listed for a million"),
        (of(1.25, 10) | {"cache_read": 0.00125}, "`cache_read` = 0.00125 is 1,000 times below"),
    ],
)
def test_what_is_far_from_the_listed_price(figures: dict[str, float], said: str) -> None:
    assert said in doubt(figures, GPT)


@pytest.mark.parametrize(
    "figures",
    [of(1.25, 10), of(0.625, 5), of(0.2, 1), of(0, 0), of(0.125, 2), of(3, 2), of(30, 200)],
)
def test_a_discount_is_none(figures: dict[str, float]) -> None:
    assert doubt(figures, GPT) == ""


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (of(0.00125, 0.01), "`input` = 0.00125 is less than a million tokens cost anywhere: write"),
        (of(0.003, 0.015), "`output` = 0.015 is less"),
        (of(0.000125, 0), "0.125 where it is the price of a thousand tokens, or 125 where it is"),
        (of(10, 1.25), "look swapped"),
    ],
)
@pytest.mark.parametrize("listed", [None, FREE])
def test_without_a_list_the_cheapest_of_all_is_what_counts(
    figures: dict[str, float], said: str, listed: None
) -> None:
    assert said in doubt(figures, listed)


def test_without_a_list_what_may_be_is_taken() -> None:
    assert doubt(of(0.02, 0.02) | {"cache_read": 0}, None) == ""
    assert doubt(of(0.02, 0), None) == "", "an embedding has no answer"


RATES = st.floats(0.01, 100)


@given(RATES, RATES, st.floats(0.2, 5))
def test_no_price_near_the_list_is_doubted(given_usd: float, answered: float, by: float) -> None:
    listed = flat(round(given_usd * 10**9), round(answered * 10**9), source="a list")
    assert doubt(of(given_usd * by, answered * by), listed) == ""


@given(RATES, RATES, st.sampled_from([*UNITS]))
def test_each_unit_is_seen_and_named(given_usd: float, answered: float, unit: float) -> None:
    listed = flat(round(given_usd * 10**9), round(answered * 10**9), source="a list")
    usd = listed.input_nano_per_mtok * unit / 1e9, listed.output_nano_per_mtok * unit / 1e9
    assert UNITS[unit] in doubt(of(*usd), listed)
    assert not 1 / FAR < unit < 1 or unit == 0.1
