"""Paired bootstrap: 95 % intervals of areas, and of their differences to a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from homeport.eval.curves import Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESAMPLES, SEED = 400, 0


class Interval(NamedTuple):
    """2.5 % and 97.5 %."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Only then a difference is one."""
        return self.low > 0 or self.high < 0


class Areas(NamedTuple):
    """APGR and cost-AUC, one for each resample."""

    by_calls: Floats
    by_money: Floats


def resamples(size: int, *, times: int = RESAMPLES) -> Floats:
    """How often each of so many prompts was drawn; the same for all routers of a track."""
    chance = np.random.default_rng(SEED)
    draws = [np.bincount(chance.integers(0, size, size), minlength=size) for _ in range(times)]
    return np.array(draws, dtype=np.float64)


def areas(ranking: Ranking, draws: Floats) -> Areas:
    """What `Ranking.areas` says of each resample, all at once."""
    order = [place for group in ranking.groups for place in group]
    starts = np.cumsum([0, *[len(group) for group in ranking.groups[:-1]]])
    counts = draws[:, order]

    def grouped(values: Floats) -> Floats:
        return np.add.reduceat(values, starts, axis=1)

    gains = grouped(counts * np.array(ranking.gains)[order])
    heights = np.cumsum(gains, axis=1) - gains / 2
    calls, money = grouped(counts), grouped(counts * np.array(ranking.costs)[order])
    total = gains.sum(axis=1)
    return Areas(_share(calls, heights, total), _share(money, heights, total))


def interval(values: Floats) -> Interval:
    """The middle 95 % of the values that are numbers."""
    numbers = values[np.isfinite(values)]
    if not len(numbers):
        return Interval(float("nan"), float("nan"))
    low, high = np.percentile(numbers, [2.5, 97.5])
    return Interval(float(low), float(high))


def difference(values: Floats, baseline: Floats) -> Interval:
    """Of the paired differences."""
    with np.errstate(invalid="ignore"):
        return interval(values - baseline)


def _share(widths: Floats, heights: Floats, total: Floats) -> Floats:
    whole = widths.sum(axis=1) * total
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Floats = (widths * heights).sum(axis=1) / whole
    return shares
