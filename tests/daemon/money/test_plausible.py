"""A usage that cannot be true is mended to its dearer reading, and is certain no more."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.daemon.money.plausible import plausible
from homeport.daemon.money.price import price_of
from homeport.daemon.money.price_table import Steps

WHOLE = Usage(input=100, output=50)


def booked(usage: Usage, *, sent: int = 50, context: int | None = 8000) -> Usage:
    return plausible(usage, input_tokens=90, sent_tokens=sent, context=context)


@pytest.mark.parametrize(
    "usage",
    [
        WHOLE,
        Usage(input=100, cache_read=60, cache_write=40, cache_write_1h=40, output=50, reasoning=50),
        Usage(input=100, input_audio=80, cache_read=30, cache_read_audio=30, output=50),
        # Rounds of a server tool read more than the window holds.
        Usage(input=9000, output=50),
        # Two hundred pieces may be fewer tokens, but not none.
        Usage(input=100, output=5),
    ],
)
def test_what_can_be_true_stays_as_it_is(usage: Usage) -> None:
    assert booked(usage) is usage


@pytest.mark.parametrize(
    ("usage", "mended"),
    [
        (Usage(output=50), {"input": 90, "output": 50}),
        (Usage(input=100), {"input": 100, "output": 50}),
        (Usage(input=-5, output=-5), {"input": 90, "output": 50}),
        (Usage(input=0, output=50), {"input": 90, "output": 50}),
        (Usage(input=10**9, output=10**12), {"input": 90, "output": 50}),
        (Usage(input=100, output=0), {"input": 100, "output": 50}),
        (Usage(input=100, output=3), {"input": 100, "output": 50}),
        (
            Usage(input=10, cache_read=1000, output=50),
            {"input": 1010, "cache_read": 1000, "output": 50},
        ),
        (
            Usage(input=10, cache_write_1h=40, output=50),
            {"input": 50, "cache_write": 40, "cache_write_1h": 40, "output": 50},
        ),
        (
            Usage(input=10, output=50, reasoning=70),
            {"input": 10, "output": 120, "reasoning": 70},
        ),
        (
            Usage(input=10, input_audio=20, output=50, output_audio=60),
            {"input": 10, "input_audio": 10, "output": 50, "output_audio": 50},
        ),
        (Usage(input=10, cache_read=-1, output=50), {"input": 10, "output": 50}),
        (Usage(input=10, output=50, cost_nano=-1), {"input": 10, "output": 50}),
        (Usage(input=10, output=50, searches=10**9), {"input": 10, "output": 50}),
    ],
)
def test_what_cannot_be_true_is_mended_and_uncertain(usage: Usage, mended: Any) -> None:
    assert booked(usage) == Usage(certain=False, **mended)


def test_without_a_known_window_only_the_absurd_is_refused() -> None:
    assert booked(Usage(input=10**7, output=50), context=None).input == 10**7
    assert booked(Usage(input=10**9, output=50), context=None).input == 90


counts = st.none() | st.integers(-10, 10**6) | st.sampled_from([10**10, 2**63])
usages = st.builds(
    Usage,
    input=counts,
    cache_read=counts,
    cache_write=counts,
    cache_write_1h=counts,
    output=counts,
    reasoning=counts,
    input_audio=counts,
    output_audio=counts,
    cache_read_audio=counts,
    certain=st.booleans(),
)
AMOUNTS: dict[str, Steps] = {
    "input": ((-1, 10**6),),
    "cache_read": ((-1, 10**5),),
    "cache_write": ((-1, 125 * 10**4),),
    "output": ((-1, 5 * 10**6),),
}


@given(usages, st.integers(0, 1000), st.none() | st.integers(1, 10**6))
def test_whatever_is_reported_adds_up_once_mended(
    usage: Usage, sent: int, context: int | None
) -> None:
    found = booked(usage, sent=sent, context=context)
    assert found.input is not None
    assert found.output is not None
    parts = (found.cache_read or 0, found.cache_write or 0)
    assert 0 <= sum(parts) <= found.input
    assert 0 <= (found.cache_write_1h or 0) <= (found.cache_write or 0)
    assert 0 <= (found.reasoning or 0) <= found.output
    assert 0 <= (found.input_audio or 0) <= found.input
    assert 0 <= (found.cache_read_audio or 0) <= min(found.cache_read or 0, found.input_audio or 0)
    assert found.output * 10 >= sent
    assert found.certain <= usage.certain
    assert msgspec.structs.replace(booked(found, sent=sent, context=None)) == found
    price = price_of(AMOUNTS, [], source="", date="")
    assert price is not None
    assert price.cost(found) is not None
