"""How good another way of deciding would have been, from what one way of deciding saw.

A `Row` is one decision: what was chosen and with which chance, what came of it, what
the other way would choose, and what was predicted for both. What comes of a choice is
only ever seen for the choice that was made. There are three ways round that:

* `direct` believes the predictions: the mean of what is predicted for the other choice.
  Its interval says how much the prompts vary, and nothing of how wrong predictions are.
* `weighted` believes what was seen, and counts each row by how much likelier the other
  way takes that choice: w = [other takes it] / chance. The mean of w * reward is Horvitz
  and Thompson's (1952); divided by the mean of w it varies less and stays within the
  rewards' range (Hajek 1971; Swaminathan and Joachims 2015). Unbiased up to a term of
  1/n where every choice of the other way had a chance, and of no use elsewhere.
* `doubly_robust` takes the prediction and corrects it by what was seen: the mean of
  predicted(other) + w * (reward - predicted(chosen)). Right where either the predictions
  or the chances are (Dudik, Langford and Li 2011).

Intervals are normal ones, of the mean of the rows' terms; the weighted one by the delta
method for a ratio. Shares have Wilson's interval (1927). Pure: no clock and no chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt

Z95 = 1.959963984540054
"""The normal distribution has 95 % within so many standard deviations of its mean."""
LEAST_ROWS = 30
"""Fewer give a figure without an interval: the normal one would be too narrow."""
LEAST_SUPPORT = 0.95
"""Share of rows whose other choice had a chance, from which what was seen speaks for all."""
LEAST_EFFECTIVE = 30
"""Rows that the weighted ones are worth at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One decision, as seen from the other way of deciding. Rewards are of any one unit."""

    chance: float
    """With which what was chosen was chosen, above 0 and at most 1."""
    takes_it: bool
    """The other way makes the same choice."""
    had_chance: bool
    """What the other way chooses could have been chosen."""
    reward: float | None
    """What came of the choice; None is unknown."""
    predicted: float
    """For the choice that was made."""
    predicted_other: float
    """For the other way's choice."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and between which two it lies with 95 % confidence."""

    value: float
    low: float | None = None
    high: float | None = None
    """Both None where there are too few rows to tell."""
    rows: int = 0
    """It is from so many."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """The same figure, each way round."""

    direct: Estimate | None
    """None without rows."""
    weighted: Estimate | None
    """None where too few other choices had a chance."""
    doubly_robust: Estimate | None
    support: float
    """Share of the rows whose other choice had a chance."""


def estimates(rows: Sequence[Row]) -> Estimates:
    """All that the rows allow to say."""
    support = supported(rows)
    seen = [row for row in rows if row.reward is not None]
    enough = bool(seen) and min(support, supported(seen)) >= LEAST_SUPPORT
    enough = enough and effective(seen) >= LEAST_EFFECTIVE
    return Estimates(
        direct=direct(rows),
        weighted=weighted(seen) if enough else None,
        doubly_robust=doubly_robust(seen) if enough else None,
        support=support,
    )


def direct(rows: Sequence[Row]) -> Estimate | None:
    """The mean of what is predicted for the other choice."""
    return mean([row.predicted_other for row in rows])


def weighted(rows: Sequence[Row]) -> Estimate | None:
    """What was seen, counted by weight, over the sum of the weights."""
    weights = [weight(row) for row in rows]
    whole = fsum(weights)
    if whole <= 0:
        return None
    rewards = [row.reward or 0.0 for row in rows]
    value = fsum(w * r for w, r in zip(weights, rewards, strict=True)) / whole
    each = whole / len(rows)
    off = [w * (r - value) / each for w, r in zip(weights, rewards, strict=True)]
    return _around(value, off)


def doubly_robust(rows: Sequence[Row]) -> Estimate | None:
    """The prediction, corrected by what was seen."""
    return mean(
        [row.predicted_other + weight(row) * ((row.reward or 0.0) - row.predicted) for row in rows]
    )


def weight(row: Row) -> float:
    """How much likelier the other way makes the choice that was made."""
    return 1.0 / row.chance if row.takes_it and row.chance > 0 else 0.0


def effective(rows: Sequence[Row]) -> float:
    """Rows of equal weight that tell as much: (sum of w)² / sum of w² (Kish 1965)."""
    weights = [weight(row) for row in rows]
    squares = fsum(w * w for w in weights)
    return fsum(weights) ** 2 / squares if squares > 0 else 0.0


def supported(rows: Sequence[Row]) -> float:
    """Share of the rows whose other choice had a chance; 0 without rows."""
    return sum(row.had_chance for row in rows) / len(rows) if rows else 0.0


def mean(values: Sequence[float]) -> Estimate | None:
    """Of independent values; None without any."""
    if not values or not all(map(isfinite, values)):
        return None
    value = fsum(values) / len(values)
    return _around(value, [one - value for one in values])


def share(count: int, of: int) -> Estimate | None:
    """Of `of` things, `count` of one kind, with Wilson's interval; None without any."""
    if of <= 0:
        return None
    part, square = count / of, Z95 * Z95
    middle = (part + square / (2 * of)) / (1 + square / of)
    half = Z95 * sqrt(part * (1 - part) / of + square / (4 * of * of)) / (1 + square / of)
    # Rounding must not push an end past the share itself.
    return Estimate(
        part, min(part, max(0.0, middle - half)), max(part, min(1.0, middle + half)), of
    )


def scaled(estimate: Estimate | None, by: float) -> Estimate | None:
    """In another unit, or for a sum instead of a mean; `by` is above 0."""
    if estimate is None:
        return None
    return _changed(estimate, lambda figure: figure * by)


def _changed(estimate: Estimate, how: Callable[[float], float]) -> Estimate:
    low, high = (None if end is None else how(end) for end in (estimate.low, estimate.high))
    return Estimate(how(estimate.value), low, high, estimate.rows)


def _around(value: float, off: Sequence[float]) -> Estimate:
    """The interval of a mean, from how far off it the rows are."""
    count = len(off)
    if count < LEAST_ROWS:
        return Estimate(value, rows=count)
    deviation = sqrt(fsum(one * one for one in off) / (count - 1) / count)
    return Estimate(value, value - Z95 * deviation, value + Z95 * deviation, count)
