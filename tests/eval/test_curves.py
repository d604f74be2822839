"""Areas and points of the curves, on rows that can be reckoned by hand."""

from __future__ import annotations

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.eval import curves
from homeport.eval.tracks import MMLU, Rows


def rows(weak: list[float], strong: list[float], costs: list[float] | None = None) -> Rows:
    ids = [str(number) for number in range(len(weak))]
    return Rows(MMLU, ids, weak, strong, costs or [1.0] * len(weak))


FOUR = rows([0, 0, 1, 1], [1, 1, 1, 1], [1.0, 3.0, 2.0, 2.0])


def area(scores: list[float], of: Rows = FOUR) -> float:
    return curves.ranking_of(scores, of).areas([1] * len(of))[0]


def test_the_best_order_and_the_worst() -> None:
    assert area([4, 3, 2, 1]) == pytest.approx(0.75)
    assert area([1, 2, 3, 4]) == pytest.approx(0.25)


@given(st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 1])), min_size=2))
def test_a_constant_is_chance(pairs: list[tuple[int, int]]) -> None:
    some = rows([float(weak) for weak, _ in pairs], [float(strong) for _, strong in pairs])
    if sum(some.gains):
        assert area([7.0] * len(some), some) == pytest.approx(0.5)


def test_no_gap_has_no_area() -> None:
    assert isnan(area([1, 2], rows([1, 1], [1, 1])))


def test_money_counts_by_the_dollar() -> None:
    ranking = curves.ranking_of([4, 3, 2, 1], FOUR)
    # of 8 dollars: half the gap after 1, all after 4
    assert ranking.areas([1] * 4)[1] == pytest.approx((0.5 * 0.5 * 1 + 3 * 0.75 + 4) / 8)


def test_a_prompt_may_count_twice_or_not_at_all() -> None:
    twice = rows([0, 0, 0, 1], [1, 1, 1, 1])
    counted = curves.ranking_of([4, 3, 2, 1], FOUR).areas([2, 1, 0, 1])
    assert counted[0] == pytest.approx(area([4, 4, 3, 1], twice))


def test_calls_for_a_share_of_the_gap() -> None:
    assert curves.calls_for([4, 3, 2, 1], FOUR, 0.5) == pytest.approx(25)
    assert curves.calls_for([4, 3, 2, 1], FOUR, 0.8) == pytest.approx(40)
    assert curves.calls_for([1, 1, 1, 1], FOUR, 0.8) == pytest.approx(80)
    assert isnan(curves.calls_for([1, 1], rows([1, 1], [0, 1]), 0.8))


def test_gain_over_chance_is_in_points() -> None:
    assert curves.gain_over_random([4, 3, 2, 1], FOUR) == pytest.approx(12.5)


def test_need_that_is_found() -> None:
    assert curves.need_found([4, 3, 2, 1], FOUR) == 1
    assert curves.need_found([1, 1, 1, 1], FOUR) == 0.5
    assert isnan(curves.need_found([1, 2], rows([1, 1], [1, 1])))
