"""The learner finds what is there, and always the same."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from random import Random

import pytest

from homeport.eval.learner import SparseRow, fit, predict, table_of


def some_rows(count: int) -> tuple[list[SparseRow], list[float]]:
    chance = Random(4)
    rows, targets = [], []
    for _ in range(count):
        places = tuple(sorted(chance.sample(range(1, 20), 3)))
        rows.append(SparseRow((0, *places), (1.0, 1.0, 1.0, 1.0)))
        targets.append(0.9 if 7 in places else 0.2)
    return rows, targets


def test_shares_are_learned() -> None:
    rows, targets = some_rows(400)
    weights = fit(table_of(rows, 20), targets, 100.0)
    for row, target in zip(rows, targets, strict=True):
        assert predict(row, weights) == pytest.approx(target, abs=0.05)


def test_the_slope_is_flat_where_it_ends() -> None:
    rows, targets = some_rows(100)
    weights = fit(table_of(rows, 20), targets, 2.0)
    for place in range(20):
        slope = weights[place]
        for row, target in zip(rows, targets, strict=True):
            slope += 2.0 * (predict(row, weights) - target) * (place in row.places)
        assert slope == pytest.approx(0, abs=0.02)


def test_little_trust_moves_little() -> None:
    rows, targets = some_rows(100)
    weights = fit(table_of(rows, 20), targets, 1e-4)
    assert max(map(abs, weights)) < 0.01


def test_places_that_never_occur_weigh_nothing() -> None:
    rows, targets = some_rows(50)
    assert fit(table_of(rows, 30), targets, 1.0)[20:] == [0.0] * 10


def test_the_same_rows_give_the_same_bits() -> None:
    rows, targets = some_rows(200)
    assert fit(table_of(rows, 20), targets, 1.0) == fit(table_of(rows, 20), targets, 1.0)
