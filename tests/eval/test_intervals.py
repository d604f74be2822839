"""Intervals by the paired bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from homeport.eval import intervals
from homeport.eval.curves import ranking_of
from homeport.eval.intervals import Interval
from homeport.eval.tracks import MMLU, Rows

ROWS = Rows(
    MMLU,
    [str(number) for number in range(40)],
    [float(number % 3 == 0) for number in range(40)],
    [float(number % 5 != 0) for number in range(40)],
    [1.0 + number % 4 for number in range(40)],
)
SCORES = [float(number * 7 % 11) for number in range(40)]


def test_all_at_once_is_what_one_by_one_is() -> None:
    ranking = ranking_of(SCORES, ROWS)
    draws = intervals.resamples(40, times=20)
    together = intervals.areas(ranking, draws)
    for number, counts in enumerate(draws):
        calls, money = ranking.areas([int(count) for count in counts])
        assert together.by_calls[number] == pytest.approx(calls)
        assert together.by_money[number] == pytest.approx(money)


def test_the_same_prompts_are_drawn_for_everybody() -> None:
    first, again = intervals.resamples(40), intervals.resamples(40)
    assert (first == again).all()
    assert (first.sum(axis=1) == 40).all()


def test_what_is_no_number_does_not_count() -> None:
    values = np.array([np.nan, *range(101)])
    assert intervals.interval(values) == Interval(2.5, 97.5)
    low, _ = intervals.interval(np.array([np.nan]))
    assert low != low


def test_a_difference_is_one_where_zero_is_outside() -> None:
    ones = np.ones(50)
    assert intervals.difference(ones * 2, ones) == Interval(1, 1)
    assert intervals.difference(ones * 2, ones).excludes_zero
    assert not Interval(-0.1, 0.1).excludes_zero
