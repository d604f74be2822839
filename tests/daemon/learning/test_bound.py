"""The promise on wrong answers is kept, as often as is said."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

import random

import pytest

from homeport.daemon.learning.bound import at_most, most_wrong, safe_threshold


@pytest.mark.parametrize(
    ("wrong", "count", "upper"),
    [(0, 10, 0.2589), (1, 10, 0.3942), (5, 50, 0.1989), (0, 44, 0.0658), (10, 10, 1.0)],
)
def test_the_bound_is_that_of_the_tables(wrong: int, count: int, upper: float) -> None:
    """Clopper and Pearson, one-sided at 0.05."""
    assert most_wrong(wrong, count, 0.05) == pytest.approx(upper, abs=2e-4)


def test_the_binomial_is_exact() -> None:
    assert at_most(1, 3, 0.5) == pytest.approx(0.5)
    assert (at_most(0, 5, 0.0), at_most(4, 5, 1.0)) == (1.0, 0.0)


def test_with_few_answers_nothing_is_promised() -> None:
    assert safe_threshold([0.99] * 30, [True] * 30, 0.1) is None
    assert safe_threshold([0.99] * 60, [True] * 60, 0.1) == 0.5
    assert safe_threshold([], [], 0.1) is None


def test_the_promise_is_broken_no_more_often_than_is_said() -> None:
    """A raw confidence r is right with the chance r squared; the limit is 0.25."""
    chance, broken, given = random.Random(3), 0, 0
    for _ in range(80):
        raws = [chance.uniform(0.4, 1.0) for _ in range(300)]
        right = [chance.random() < raw**2 for raw in raws]
        threshold = safe_threshold(raws, right, 0.25)
        if threshold is None:
            continue
        given += 1
        true_risk = 1 - (1 - threshold**3) / 3 / (1 - threshold)
        broken += true_risk > 0.25
    assert given > 40
    assert broken <= 0.1 * 80
