"""Rounding is that of `round`, to the last bit and the sign of nothing."""

from __future__ import annotations

from math import copysign

from hypothesis import example, given
from hypothesis import strategies as st

from homeport.policies.rounding import to_four_places


@given(st.floats(-2.0, 2.0) | st.floats(allow_nan=False, allow_infinity=False))
@example(0.00005)
@example(0.00015)
@example(0.43845)
@example(-0.00001)
@example(0.0)
@example(-0.0)
@example(1e300)
def test_it_is_round(amount: float) -> None:
    ours, pythons = to_four_places(amount), round(amount, 4)
    assert (ours, copysign(1, ours)) == (pythons, copysign(1, pythons))


@given(st.integers(0, 20_000), st.sampled_from((-1e-10, -1e-14, 0.0, 1e-14, 1e-10)))
def test_it_is_round_in_the_middle_of_two_numbers(whole: int, beside: float) -> None:
    amount = (whole + 0.5) / 1e4 + beside
    assert to_four_places(amount) == round(amount, 4)
