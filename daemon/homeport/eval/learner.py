"""Logistic regression on sparse rows: targets are shares between 0 and 1.

Convex, so there is one best answer; found by limited-memory BFGS from 0, without
chance. All sums over rows are made in their order (`bincount`), none by a
library that splits them among threads: the same input gives the same weights.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from homeport.analysis.promptside import sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STEPS, MEMORY, ENOUGH = 200, 10, 1e-6
_HALVINGS, _SLOPE = 30, 1e-4


class SparseRow(NamedTuple):
    """Where something is, and how much of it."""

    places: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Many sparse rows, laid end to end."""

    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    """Numbered among those that occur."""
    values: Floats
    occurring: NDArray[np.intp]
    height: int
    width: int
    """Of the weights that are asked for: places that never occur weigh 0."""

    def times(self, weights: Floats) -> Floats:
        """One score for each row."""
        parts = self.values * weights[self.places]
        return np.bincount(self.rows, parts, self.height).astype(np.float64)

    def back(self, parts: Floats) -> Floats:
        """One sum for each place."""
        spread = self.values * parts[self.rows]
        return np.bincount(self.places, spread, len(self.occurring)).astype(np.float64)


def table_of(rows: Sequence[SparseRow], width: int) -> Table:
    """`width` is one more than the largest place."""
    lengths = [len(row.places) for row in rows]
    places = np.array([place for row in rows for place in row.places], dtype=np.intp)
    occurring, numbered = np.unique(places, return_inverse=True)
    return Table(
        rows=np.repeat(np.arange(len(rows)), lengths),
        places=numbered.astype(np.intp),
        values=np.array([value for row in rows for value in row.values], dtype=np.float64),
        occurring=occurring,
        height=len(rows),
        width=width,
    )


def fit(table: Table, targets: Sequence[float], strength: float) -> list[float]:
    """Weights that predict the targets through a sigmoid; `strength` is trust in the rows.

    Small strength keeps the weights near 0.
    """
    wanted = np.asarray(targets, dtype=np.float64)
    weights: Floats = np.zeros(len(table.occurring))
    loss, slope = _loss(table, wanted, weights, strength)
    history: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    for _ in range(STEPS):
        direction = -_scaled(slope, history)
        moved = _moved(table, wanted, weights, strength, loss, slope, direction)
        if moved is None:
            break
        after, less, new_slope = moved
        history.append((after - weights, new_slope - slope))
        done = loss - less < ENOUGH * max(1.0, abs(less))
        weights, loss, slope = after, less, new_slope
        if done:
            break
    whole: Floats = np.zeros(table.width)
    whole[table.occurring] = weights
    return [float(weight) for weight in whole]


def predict(row: SparseRow, weights: Sequence[float]) -> float:
    """The probability for one row."""
    pairs = zip(row.places, row.values, strict=True)
    return sigmoid(sum([weights[place] * value for place, value in pairs]))


def _loss(table: Table, wanted: Floats, weights: Floats, strength: float) -> tuple[float, Floats]:
    scores = table.times(weights)
    loss = np.logaddexp(0.0, scores) - wanted * scores
    slope = weights + strength * table.back(_sigmoid(scores) - wanted)
    return _dot(weights, weights) / 2 + strength * float(np.sum(loss)), slope


def _moved(
    table: Table,
    wanted: Floats,
    weights: Floats,
    strength: float,
    loss: float,
    slope: Floats,
    direction: Floats,
) -> tuple[Floats, float, Floats] | None:
    """The first of shrinking steps that helps enough; None where none does."""
    down, step = _dot(slope, direction), 1.0
    for _ in range(_HALVINGS):
        after = weights + step * direction
        less, new_slope = _loss(table, wanted, after, strength)
        if less <= loss + _SLOPE * step * down:
            return after, less, new_slope
        step /= 2
    return None


def _scaled(slope: Floats, history: deque[tuple[Floats, Floats]]) -> Floats:
    """The slope times an estimate of the inverse curvature, by the two loops of L-BFGS."""
    if not history:
        return slope / max(1.0, float(np.sqrt(_dot(slope, slope))))
    result, shares = slope.copy(), []
    for moved, changed in reversed(history):
        share = _dot(moved, result) / _dot(moved, changed)
        shares.append(share)
        result -= share * changed
    moved, changed = history[-1]
    result *= _dot(moved, changed) / _dot(changed, changed)
    for (moved, changed), share in zip(history, reversed(shares), strict=True):
        result += moved * (share - _dot(changed, result) / _dot(moved, changed))
    return result


def _sigmoid(scores: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0)))


def _dot(one: Floats, other: Floats) -> float:
    return float(np.sum(one * other))
