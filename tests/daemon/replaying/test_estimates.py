"""Estimates of another way of deciding: they say what is true, as often as they claim."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.replaying.estimates import (
    LEAST_ROWS,
    Estimate,
    Row,
    direct,
    doubly_robust,
    effective,
    estimates,
    mean,
    scaled,
    share,
    weight,
    weighted,
)

SAME = Row(chance=1.0, takes_it=True, had_chance=True, reward=1.0, predicted=0.5,
           predicted_other=0.5)  # fmt: skip
ELSEWHERE = replace(SAME, takes_it=False, had_chance=False, reward=0.0)
FIGURE = st.floats(-1e6, 1e6, allow_nan=False)
ROWS = st.lists(
    st.builds(
        Row,
        chance=st.floats(0.05, 1.0),
        takes_it=st.booleans(),
        had_chance=st.booleans(),
        reward=FIGURE,
        predicted=FIGURE,
        predicted_other=FIGURE,
    ),
    min_size=1,
    max_size=60,
)


def test_the_same_way_with_certain_choices_is_the_mean_of_what_was_seen() -> None:
    rows = [replace(SAME, reward=float(number % 3)) for number in range(60)]
    found = estimates(rows)
    assert found.weighted is not None
    assert found.doubly_robust is not None
    assert found.weighted.value == pytest.approx(1.0)
    assert found.doubly_robust.value == pytest.approx(1.0)
    assert found.direct == Estimate(0.5, 0.5, 0.5, 60)


def test_weights_are_the_inverse_of_the_chance_of_the_choice_that_is_shared() -> None:
    assert weight(replace(SAME, chance=0.1)) == 10.0
    assert weight(replace(SAME, chance=0.1, takes_it=False)) == 0.0


def test_by_hand() -> None:
    """Two rows that count 2 and 4: (2 * 1 + 4 * 0) / 6; corrections of +1 and -2."""
    rows = [replace(SAME, chance=0.5), replace(SAME, chance=0.25, reward=0.0), ELSEWHERE]
    by_weight, both = weighted(rows), doubly_robust(rows)
    assert by_weight is not None
    assert by_weight.value == pytest.approx(2 / 6)
    assert both is not None
    assert both.value == pytest.approx(((0.5 + 1.0) + (0.5 - 2.0) + 0.5) / 3)
    assert effective(rows) == pytest.approx(36 / 20)


def test_without_overlap_only_the_prediction_speaks() -> None:
    rows = [SAME] * 72 + [ELSEWHERE] * 28
    found = estimates(rows)
    assert found.support == 0.72
    assert (found.weighted, found.doubly_robust) == (None, None)
    assert found.direct is not None


def test_few_rows_that_count_are_no_overlap() -> None:
    rare = [replace(SAME, chance=0.01)] * 3
    other = [replace(ELSEWHERE, had_chance=True)] * 200
    assert estimates([*rare, *other]).weighted is None
    assert estimates([]).direct is None


def test_few_rows_give_no_interval() -> None:
    few = mean([1.0, 2.0] * (LEAST_ROWS // 2 - 1))
    assert few == Estimate(1.5, rows=LEAST_ROWS - 2)
    assert mean([]) is None
    assert mean([1.0, float("nan")]) is None


@given(ROWS)
def test_the_weighted_mean_stays_within_what_was_seen(rows: list[Row]) -> None:
    found = weighted(rows)
    seen = [row.reward or 0.0 for row in rows if row.takes_it]
    if found is None:
        assert not seen
        return
    assert min(seen) - 1e-6 <= found.value <= max(seen) + 1e-6


@given(ROWS)
def test_right_predictions_need_no_correction(rows: list[Row]) -> None:
    right = [replace(row, reward=row.predicted) for row in rows]
    assert doubly_robust(right) == direct(right)


@given(ROWS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert direct(shuffled) == direct(rows)
    first, second = weighted(rows), weighted(shuffled)
    assert (first is None) == (second is None)
    if first and second:
        assert first.value == pytest.approx(second.value)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(count: int, of: int) -> None:
    found = share(min(count, of), of)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    assert found.high - found.low > 0


def test_a_share_of_nothing_seen_is_not_certain() -> None:
    """Wilson's: 0 of 100 may be up to 3.7 %."""
    found = share(0, 100)
    assert found is not None
    assert found.high == pytest.approx(0.037, abs=0.001)
    assert share(0, 0) is None


def test_scaling_takes_the_ends_along() -> None:
    assert scaled(Estimate(2.0, 1.0, 3.0, 40), 10.0) == Estimate(20.0, 10.0, 30.0, 40)
    assert scaled(Estimate(2.0, rows=4), 10.0) == Estimate(20.0, rows=4)
    assert scaled(None, 2.0) is None


# -- a world whose truth is known


def world(chance: Random, count: int, explore: float, bias: float) -> list[Row]:
    """Prompts of two kinds, two models; the log takes the first but for a lot, the other way
    takes the second for the hard half. Predictions are off by `bias`. The truth is 0.75."""
    rows = []
    for _ in range(count):
        hard = chance.random() < 0.5
        swapped = chance.random() < explore
        good = (0.9 if swapped else 0.3) if hard else (0.7 if swapped else 0.6)
        wanted_second = hard
        rows.append(
            Row(
                chance=explore if swapped else 1 - explore,
                takes_it=wanted_second == swapped,
                had_chance=True,
                reward=float(chance.random() < good),
                predicted=good + bias,
                predicted_other=(0.9 if hard else 0.6) + bias,
            )
        )
    return rows


TRUTH = 0.75


def covered(estimator: str, bias: float, runs: int = 400) -> float:
    """How often the interval holds the truth."""
    chance, inside = Random(11), 0
    for _ in range(runs):
        found = getattr(estimates(world(chance, 400, 0.2, bias)), estimator)
        inside += found.low <= TRUTH <= found.high
    return inside / runs


@pytest.mark.parametrize("estimator", ["weighted", "doubly_robust"])
@pytest.mark.parametrize("bias", [0.0, -0.3])
def test_the_interval_covers_the_truth_as_often_as_it_says(estimator: str, bias: float) -> None:
    """95 % of 400 worlds, give or take three standard errors, whatever was predicted."""
    assert covered(estimator, bias) == pytest.approx(0.95, abs=0.033)


def test_the_direct_figure_is_as_wrong_as_the_predictions() -> None:
    found = direct(world(Random(5), 4_000, 0.2, -0.3))
    assert found is not None
    assert found.value == pytest.approx(TRUTH - 0.3, abs=0.02)


def test_right_predictions_make_the_doubly_robust_interval_the_narrower() -> None:
    found = estimates(world(Random(6), 2_000, 0.1, 0.0))
    assert found.weighted is not None
    assert found.doubly_robust is not None
    narrow, wide = found.doubly_robust, found.weighted
    assert narrow.high is not None
    assert narrow.low is not None
    assert wide.high is not None
    assert wide.low is not None
    assert narrow.high - narrow.low < wide.high - wide.low
