"""The tables of the modes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.model import Policy, Weights
from homeport.policies.modes import MODE_WEIGHTS, PLACE_PREFERENCE, weights_of
from homeport.policies.requested import MODES

WEIGHT = st.floats(0, 1e308)


def whole(weights: Weights) -> float:
    return weights.budget + weights.latency + weights.quality


def test_every_mode_has_weights_that_sum_to_one() -> None:
    assert set(MODE_WEIGHTS) == set(PLACE_PREFERENCE) == set(MODES)
    assert all(abs(whole(weights) - 1) < 1e-9 for weights in MODE_WEIGHTS.values())
    assert all(set(row) == {"local", "lan", "cloud"} for row in PLACE_PREFERENCE.values())


@given(WEIGHT, WEIGHT, WEIGHT)
def test_own_weights_are_scaled(budget: float, latency: float, quality: float) -> None:
    own = Weights(budget=budget, latency=latency, quality=quality)
    scaled = weights_of("balanced", Policy(weights=own))
    assert abs(whole(scaled) - 1) < 1e-9
    assert min(scaled.budget, scaled.latency, scaled.quality) >= 0


def test_no_weights_leave_them_to_the_mode() -> None:
    assert weights_of("balanced", Policy()) == Weights(budget=0.3, latency=0.3, quality=0.4)
