"""What is believed of one model's abilities, as a Gaussian over its tasks. Pure arithmetic.

The model of an answer is item response theory's one-parameter logistic (Rasch
1960), which is Bradley and Terry's (1952) with a difficulty in the place of an
opponent: P(good) = logistic((ability - difficulty) / spread). Abilities at
different tasks share the model's overall ability: a priori each is its sum with
an independent part of the task, so that an answer at one task says something of
the others, and less of them (partial pooling).

Each outcome is folded in by assumed-density filtering: the ability at its task
is moved to the mode of prior times likelihood, with the curvature there as
precision (Laplace's approximation, MacKay 1992), and the others along their
covariance. Weights below 1 temper the likelihood. Glicko (Glickman 1999) and
TrueSkill (Herbrich and others 2006) are of this kind.

Between outcomes an ability is an Ornstein-Uhlenbeck process around its prior:
what was learned fades, half of it in `HALF_LIFE_DAYS`, and the variance grows
back to that of the prior, never beyond it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import get_args

from msgspec import Struct

from homeport.daemon.fleet.abilities import SPREAD, Prior, logistic
from homeport.policies.model import Task

TASKS: tuple[Task, ...] = get_args(Task)
PLACE_OF = {task: index for index, task in enumerate(TASKS)}
HALF_LIFE_DAYS = 120.0
DAY_MS = 86_400_000
STEPS = 40
"""Of the search for a mode, at most; it takes about five."""
CLOSE = 1e-9

Row = tuple[float, ...]


class Belief(Struct, frozen=True):
    """Mean and covariance of the abilities, in the order of `TASKS`."""

    means: Row
    covariance: tuple[Row, ...]
    at_ms: int = 0
    """Up to when it has faded."""

    def ability(self, task: Task) -> tuple[float, float]:
        """Mean and variance at one task."""
        place = PLACE_OF[task]
        return self.means[place], self.covariance[place][place]


@lru_cache(maxsize=256)
def believed(prior: Prior, at_ms: int = 0) -> Belief:
    """Before the first outcome."""
    overall, own = prior.sd**2, prior.task_sd**2
    rows = tuple(
        tuple(overall + own if row == column else overall for column in range(len(TASKS)))
        for row in range(len(TASKS))
    )
    return Belief(tuple(prior.at(task) for task in TASKS), rows, at_ms)


def kept_after(days: float) -> float:
    """The share of what was learned that is left."""
    return math.exp2(-max(0.0, days) / HALF_LIFE_DAYS)


def faded(belief: Belief, prior: Prior, at_ms: int) -> Belief:
    """The belief at a later time; an earlier one changes nothing."""
    if at_ms <= belief.at_ms:
        return belief
    kept = kept_after((at_ms - belief.at_ms) / DAY_MS)
    first = believed(prior)
    means = tuple(
        start + kept * (mean - start) for mean, start in zip(belief.means, first.means, strict=True)
    )
    square = kept * kept
    rows = tuple(
        tuple(start + square * (now - start) for now, start in zip(row, origin, strict=True))
        for row, origin in zip(belief.covariance, first.covariance, strict=True)
    )
    return Belief(means, rows, at_ms)


def after_outcome(
    belief: Belief, task: Task, difficulty: float, good: float, weight: float
) -> Belief:
    """With one more outcome: `good` 0 to 1, `weight` above 0."""
    place = PLACE_OF[task]
    mean, row = belief.means[place], belief.covariance[place]
    variance = row[place]
    moved, narrowed = one_ability(mean, variance, difficulty, good, weight)
    # A good answer at one task never speaks against another.
    gains = [max(0.0, shared) / variance for shared in row]
    taken = (variance - narrowed) / variance**2
    means = tuple(
        own + gain * (moved - mean) for own, gain in zip(belief.means, gains, strict=True)
    )
    rows = tuple(
        tuple(now - taken * shared * other for now, other in zip(line, row, strict=True))
        for line, shared in zip(belief.covariance, row, strict=True)
    )
    return Belief(means, rows, belief.at_ms)


def one_ability(
    mean: float, variance: float, difficulty: float, good: float, weight: float
) -> tuple[float, float]:
    """Mean and variance of one ability after one outcome, by Laplace's approximation."""
    # The mode solves x = mean + variance * weight * (good - logistic) / spread, which has
    # one solution, between what a logistic of 1 and one of 0 would give.
    pull = variance * weight / SPREAD
    low, high = mean + pull * (good - 1.0), mean + pull * good
    at = mean
    for _ in range(STEPS):
        chance = logistic((at - difficulty) / SPREAD)
        slope = mean + pull * (good - chance) - at
        if slope > 0:
            low = at
        else:
            high = at
        step = slope / (1.0 + pull * chance * (1.0 - chance) / SPREAD)
        at = at + step if low <= at + step <= high else (low + high) / 2
        if abs(step) < CLOSE:
            break
    chance = logistic((at - difficulty) / SPREAD)
    precision = 1.0 / variance + weight * chance * (1.0 - chance) / SPREAD**2
    return at, 1.0 / precision


def quality_sd(points: float, variance: float, difficulty: float) -> float:
    """How uncertain a predicted quality is: the ability's deviation through the logistic."""
    chance = logistic((points - difficulty) / SPREAD)
    return min(0.5, chance * (1.0 - chance) * math.sqrt(variance) / SPREAD)
