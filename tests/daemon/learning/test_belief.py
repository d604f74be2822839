"""What outcomes do to a belief: up for good, down for poor, wider with age, in any order."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.fleet.abilities import SPREAD, Prior, expected, logistic
from homeport.daemon.learning.belief import (
    DAY_MS,
    HALF_LIFE_DAYS,
    TASKS,
    Belief,
    after_outcome,
    believed,
    faded,
    one_ability,
    quality_sd,
)
from homeport.policies.model import Task

PRIOR = Prior(50.0, 10.0, "its size and quantisation")

points = st.floats(-20.0, 120.0)
variances = st.floats(0.5, 400.0)
shares = st.floats(0.0, 1.0)
weights = st.floats(0.01, 4.0)
outcomes = st.tuples(st.sampled_from(TASKS), st.integers(0, 100), shares, weights)
histories = st.lists(outcomes, max_size=30)


def taught(history: list[tuple[Task, int, float, float]], prior: Prior = PRIOR) -> Belief:
    """After each of them, at one moment."""
    belief = believed(prior)
    for outcome in history:
        belief = after_outcome(belief, *outcome)
    return belief


@given(points, variances, st.integers(0, 100), shares, weights)
def test_one_outcome_moves_towards_itself_and_narrows(
    mean: float, variance: float, difficulty: int, good: float, weight: float
) -> None:
    moved, narrowed = one_ability(mean, variance, difficulty, good, weight)
    surprise = good - logistic((mean - difficulty) / SPREAD)
    assert (moved - mean) * surprise >= -1e-9
    assert 0 < narrowed <= variance


@given(points, variances, st.integers(0, 100), shares, weights)
def test_it_finds_the_mode(
    mean: float, variance: float, difficulty: int, good: float, weight: float
) -> None:
    moved, _ = one_ability(mean, variance, difficulty, good, weight)
    chance = logistic((moved - difficulty) / SPREAD)
    assert moved == pytest.approx(mean + variance * weight * (good - chance) / SPREAD, abs=1e-6)


@given(histories, outcomes)
@settings(max_examples=40)
def test_a_good_outcome_lowers_no_ability_and_a_poor_one_raises_none(
    history: list[tuple[Task, int, float, float]], last: tuple[Task, int, float, float]
) -> None:
    before = taught(history)
    task, difficulty, _, weight = last
    good = after_outcome(before, task, difficulty, 1.0, weight)
    poor = after_outcome(before, task, difficulty, 0.0, weight)
    for low, middle, high in zip(poor.means, before.means, good.means, strict=True):
        assert low <= middle + 1e-9
        assert middle <= high + 1e-9


@given(histories)
@settings(max_examples=40)
def test_nothing_ever_comes_out_that_is_no_number(
    history: list[tuple[Task, int, float, float]],
) -> None:
    belief = taught(history, Prior(5.0, 20.0, "a guess"))
    for task in TASKS:
        mean, variance = belief.ability(task)
        assert math.isfinite(mean)
        assert 0 < variance <= 20.0**2 + PRIOR.task_sd**2 + 1e-6
        assert 0 <= expected(mean, variance, 50) <= 1
        assert 0 <= quality_sd(mean, variance, 50) <= 0.5


@given(st.lists(st.tuples(st.sampled_from(TASKS[:3]), st.integers(20, 80), shares), max_size=24))
@settings(max_examples=30)
def test_the_order_of_outcomes_hardly_matters(history: list[tuple[Task, int, float]]) -> None:
    weighted = [(*outcome, 1.0) for outcome in history]
    shuffled = random.Random(1).sample(weighted, len(weighted))
    one, other = taught(weighted), taught(shuffled)
    for task in TASKS[:3]:
        (mean, variance), (again, _) = one.ability(task), other.ability(task)
        assert abs(mean - again) <= 0.25 * math.sqrt(variance)


@given(histories, st.floats(0.1, 4000.0))
@settings(max_examples=30)
def test_forgetting_widens_and_leads_back(
    history: list[tuple[Task, int, float, float]], days: float
) -> None:
    belief = taught(history)
    later = faded(belief, PRIOR, int(days * DAY_MS))
    for task in TASKS:
        (mean, variance), (faint, wider) = belief.ability(task), later.ability(task)
        assert wider >= variance - 1e-9
        assert wider <= PRIOR.sd**2 + PRIOR.task_sd**2 + 1e-9
        assert abs(faint - PRIOR.points) <= abs(mean - PRIOR.points) + 1e-9


def test_half_of_what_was_learned_is_left_after_the_half_life() -> None:
    belief = taught([("code", 50, 1.0, 1.0)] * 5)
    later = faded(belief, PRIOR, int(HALF_LIFE_DAYS * DAY_MS))
    learned, left = belief.ability("code")[0] - 50, later.ability("code")[0] - 50
    assert left == pytest.approx(learned / 2)
    assert faded(later, PRIOR, later.at_ms - 1) is later


def test_other_tasks_learn_less() -> None:
    belief = taught([("code", 50, 1.0, 1.0)] * 5)
    at_code, elsewhere = belief.ability("code"), belief.ability("writing")
    assert at_code[0] > elsewhere[0] > 50
    assert at_code[1] < elsewhere[1] < PRIOR.sd**2 + PRIOR.task_sd**2


def test_many_outcomes_find_the_truth() -> None:
    chance, belief = random.Random(7), believed(Prior(30.0, 10.0, "its size and quantisation"))
    for _ in range(400):
        difficulty = chance.randint(20, 90)
        good = float(chance.random() < logistic((62.0 - difficulty) / SPREAD))
        belief = after_outcome(belief, "mathematics", difficulty, good, 1.0)
    mean, variance = belief.ability("mathematics")
    assert abs(mean - 62.0) < 3 * math.sqrt(variance)
    assert math.sqrt(variance) < 2.5


def test_what_is_expected_at_a_task_may_differ() -> None:
    belief = believed(Prior(50.0, 10.0, "your config", (("code", 8.0), ("writing", -8.0))))
    assert [belief.ability(t)[0] for t in ("code", "chat", "writing")] == [58.0, 50.0, 42.0]


@given(points, variances, variances, st.integers(0, 100))
def test_uncertainty_draws_a_prediction_towards_a_half(
    mean: float, one: float, other: float, difficulty: int
) -> None:
    sure, unsure = sorted((one, other))
    near = abs(expected(mean, unsure, difficulty) - 0.5)
    assert near <= abs(expected(mean, sure, difficulty) - 0.5) + 1e-12


def test_the_approximation_is_near_the_integral() -> None:
    for mean, sd in ((60.0, 5.0), (60.0, 12.0), (40.0, 15.0), (90.0, 10.0)):
        steps = [(-6 + 12 * i / 2000) for i in range(2001)]
        density = [math.exp(-step * step / 2) for step in steps]
        chances = [logistic((mean + sd * step - 50) / SPREAD) for step in steps]
        integral = sum(d * c for d, c in zip(density, chances, strict=True)) / sum(density)
        assert expected(mean, sd * sd, 50) == pytest.approx(integral, abs=0.012)
