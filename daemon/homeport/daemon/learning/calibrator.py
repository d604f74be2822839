"""From a raw confidence to a chance of being right. Pure arithmetic.

Platt's scaling (1999): a logistic regression on the logit of the raw confidence
and what else is known of the answer, fitted to answers that were judged. It was
chosen over isotonic regression (Zadrozny and Elkan 2002) because that overfits
below about a thousand answers (Niculescu-Mizil and Caruana 2005), and one person
judges tens or hundreds. A Gaussian prior on the weights, with the raw confidence
itself as its mean, keeps a thin fit sane; the fit of all the model's answers is
the prior of each task's own (partial pooling).

How well it does is the expected calibration error (Naeini and others 2015) over
bins of equal size, of predictions that are cross-validated: each answer is
predicted by a fit that has not seen it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from homeport.daemon.fleet.abilities import logistic
from homeport.daemon.learning.outcome import SIGNALS

EDGE = 1e-4
"""No raw confidence counts for more certain than this far from 0 and 1."""
STEPS = 25
CLOSE = 1e-8
FOLDS = 5
BIN = 15
"""Answers in one bin, at least."""
MOST_BINS = 10

Row = tuple[float, ...]


class Answered(Struct, frozen=True):
    """One answer that was judged."""

    task: str
    inputs: Row
    good: float
    weight: float = 1.0
    raw: float = 0.0


class Weighting(Struct, frozen=True):
    """Weights of the inputs, and how firmly they stand as a prior (1 / variance, each)."""

    weights: Row
    firmness: Row


INPUTS = 2 + len(SIGNALS)
NEUTRAL = Weighting((0.0, 1.0, *([0.0] * len(SIGNALS))), (0.5, 2.0, *([1.0] * len(SIGNALS))))
"""The raw confidence is believed as it is, until answers say otherwise."""
POOLED = (2.0, 8.0, *([4.0] * len(SIGNALS)))
"""How firmly what all tasks say stands against what one task says."""


def inputs_of(raw: float, signals: Mapping[str, float]) -> Row:
    """What the chance is computed from; a signal that is missing says nothing."""
    clear = min(1.0 - EDGE, max(EDGE, raw))
    return (
        1.0,
        math.log(clear / (1.0 - clear)),
        *[signals[name] - 0.5 if name in signals else 0.0 for name in SIGNALS],
    )


def chance(weights: Row, inputs: Row) -> float:
    """Of being right."""
    return logistic(dot(weights, inputs))


def dot(one: Row, other: Row) -> float:
    """The sum of the products."""
    return sum([a * b for a, b in zip(one, other, strict=True)])


def fitted(answers: Sequence[Answered], prior: Weighting) -> Row:
    """The weights of greatest posterior probability, by Newton's method with halved steps."""
    weights = prior.weights
    value = _objective(weights, answers, prior)
    for _ in range(STEPS):
        step = solved(*_slope_and_curvature(weights, answers, prior))
        length = 1.0
        while True:
            next_weights = tuple(w + length * s for w, s in zip(weights, step, strict=True))
            next_value = _objective(next_weights, answers, prior)
            if next_value >= value or length < CLOSE:
                break
            length /= 2
        gained, weights, value = next_value - value, next_weights, next_value
        if gained < CLOSE:
            break
    return weights


def _objective(weights: Row, answers: Sequence[Answered], prior: Weighting) -> float:
    """Log posterior, but for a constant."""
    total = 0.0
    for mean, firm, weight in zip(prior.weights, prior.firmness, weights, strict=True):
        total -= firm * (weight - mean) ** 2 / 2
    for answer in answers:
        score = dot(weights, answer.inputs)
        # log logistic(score) and log logistic(-score), for any size of score
        right = min(score, 0.0) - math.log1p(math.exp(-abs(score)))
        total += answer.weight * (right - (1.0 - answer.good) * score)
    return total


def _slope_and_curvature(
    weights: Row, answers: Sequence[Answered], prior: Weighting
) -> tuple[list[list[float]], list[float]]:
    """The matrix and the right side of Newton's equation."""
    size = len(weights)
    pairs = zip(prior.weights, prior.firmness, weights, strict=True)
    slope = [firm * (mean - weight) for mean, firm, weight in pairs]
    matrix = [[prior.firmness[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
    for answer in answers:
        inputs = answer.inputs
        right = logistic(dot(weights, inputs))
        error = answer.weight * (answer.good - right)
        curve = answer.weight * right * (1.0 - right)
        for i in [i for i in range(size) if inputs[i]]:
            slope[i] += error * inputs[i]
            bent, line = curve * inputs[i], matrix[i]
            for j in range(size):
                line[j] += bent * inputs[j]
    return matrix, slope


def solved(matrix: list[list[float]], right: list[float]) -> Row:
    """`x` of `matrix x = right`, the matrix symmetric and positive: Gauss's elimination."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(size):
        for below in range(at + 1, size):
            share = rows[below][at] / rows[at][at]
            for column in range(at, size + 1):
                rows[below][column] -= share * rows[at][column]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][column] * found[column] for column in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at]
    return tuple(found)


def fits(answers: Sequence[Answered]) -> tuple[Row, dict[str, Row]]:
    """The weights of all tasks together, and of each."""
    together = fitted(answers, NEUTRAL)
    pooled = Weighting(together, POOLED)
    tasks = sorted({answer.task for answer in answers})
    each = {t: fitted([a for a in answers if a.task == t], pooled) for t in tasks}
    return together, each


def cross_validated(answers: Sequence[Answered], folds: int = FOLDS) -> list[float]:
    """For each answer the chance that a fit without its fold gives it."""
    chances = [0.0] * len(answers)
    for fold in range(folds):
        together, each = fits([a for i, a in enumerate(answers) if i % folds != fold])
        for index in range(fold, len(answers), folds):
            answer = answers[index]
            chances[index] = chance(each.get(answer.task, together), answer.inputs)
    return chances


def calibration_error(chances: Sequence[float], good: Sequence[float]) -> float:
    """Expected calibration error over bins of equal size."""
    pairs = sorted(zip(chances, good, strict=True), key=lambda pair: pair[0])
    bins = max(1, min(MOST_BINS, len(pairs) // BIN))
    edges = [len(pairs) * number // bins for number in range(bins + 1)]
    gaps = [
        abs(sum(said for said, _ in pairs[low:high]) - sum(was for _, was in pairs[low:high]))
        for low, high in pairwise(edges)
    ]
    return sum(gaps) / max(1, len(pairs))
