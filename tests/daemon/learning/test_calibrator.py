"""A confidence that is wrong in a lawful way is put right; how far it is off is measured."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.fleet.abilities import logistic
from homeport.daemon.learning.calibrator import (
    INPUTS,
    NEUTRAL,
    Answered,
    calibration_error,
    chance,
    cross_validated,
    fits,
    fitted,
    inputs_of,
    solved,
)


def answers(count: int, seed: int = 1, task: str = "code", shift: float = -2.0) -> list[Answered]:
    """Of a model that is surer than it should be, by `shift` in log odds."""
    chance_of, found = random.Random(seed), []
    for _ in range(count):
        raw = chance_of.uniform(0.4, 0.98)
        right = chance_of.random() < logistic(math.log(raw / (1 - raw)) + shift)
        found.append(Answered(task, inputs_of(raw, {}), float(right), raw=raw))
    return found


def test_without_answers_the_raw_confidence_is_believed() -> None:
    weights = fitted([], NEUTRAL)
    for raw in (0.1, 0.5, 0.93):
        assert chance(weights, inputs_of(raw, {})) == pytest.approx(raw)


def test_a_model_that_is_too_sure_is_put_right() -> None:
    some = answers(300)
    good = [answer.good for answer in some]
    raw_error = calibration_error([answer.raw for answer in some], good)
    error = calibration_error(cross_validated(some), good)
    assert raw_error > 0.25
    assert error < 0.1
    together, each = fits(some)
    true = logistic(math.log(0.9 / 0.1) - 2.0)
    assert chance(each["code"], inputs_of(0.9, {})) == pytest.approx(true, abs=0.08)
    assert chance(together, inputs_of(0.9, {})) == pytest.approx(true, abs=0.08)


def test_a_task_with_few_answers_leans_on_the_others() -> None:
    together, each = fits([*answers(300), *answers(3, seed=5, task="chat", shift=0.0)])
    near = chance(together, inputs_of(0.9, {}))
    assert chance(each["chat"], inputs_of(0.9, {})) == pytest.approx(near, abs=0.12)
    much, own = fits([*answers(300), *answers(300, seed=5, task="chat", shift=0.0)])
    assert chance(own["chat"], inputs_of(0.9, {})) > chance(much, inputs_of(0.9, {})) + 0.1


def test_a_signal_that_tells_is_used() -> None:
    told = [
        Answered("code", inputs_of(0.8, {"agreement": float(i % 2)}), float(i % 2))
        for i in range(60)
    ]
    weights = fitted(told, NEUTRAL)
    assert chance(weights, inputs_of(0.8, {"agreement": 1.0})) > 0.85
    assert chance(weights, inputs_of(0.8, {"agreement": 0.0})) < 0.25
    assert chance(weights, inputs_of(0.8, {})) == pytest.approx(0.6, abs=0.15)


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 4)),
        max_size=25,
    )
)
@settings(max_examples=40)
def test_every_fit_is_finite_and_better_than_its_start(
    rows: list[tuple[float, float, float, float]],
) -> None:
    some = [
        Answered("code", inputs_of(raw, {"least": least}), good, weight)
        for raw, least, good, weight in rows
    ]
    weights = fitted(some, NEUTRAL)
    assert len(weights) == INPUTS
    assert all(map(math.isfinite, weights))
    assert all(0 <= chance(weights, answer.inputs) <= 1 for answer in some)


def test_equations_are_solved() -> None:
    assert solved([[4.0, 1.0], [1.0, 3.0]], [1.0, 2.0]) == pytest.approx((1 / 11, 7 / 11))


def test_the_error_is_the_mean_gap_over_bins() -> None:
    assert calibration_error([0.8] * 100, [1.0, 1.0, 1.0, 0.0, 1.0] * 20) < 0.05
    assert calibration_error([0.2] * 100, [1.0, 1.0, 1.0, 0.0, 1.0] * 20) == pytest.approx(0.6)
    assert calibration_error([1.0] * 40, [0.0] * 40) == 1.0
    assert calibration_error([], []) == 0.0
