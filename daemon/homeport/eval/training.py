"""Trains a prompt-side model from prompts and how often local and cloud models were right."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from homeport.analysis.prompt_features import PromptFeatures
from homeport.analysis.promptside import DENSE_SCALE, Head, PromptModel
from homeport.eval.learner import Table, fit, table_of
from homeport.eval.vectors import BLOCK, DIGITS, FIRST_WORD, Scale, row_of

LARGEST = 127
"""A weight of a word is one signed byte."""


class Targets(NamedTuple):
    """Shares of right answers, one for each prompt."""

    local: Sequence[float]
    cloud: Sequence[float]


class Trust(NamedTuple):
    """How far the rows may move the weights."""

    strength: float = 1.0
    word_scale: float = 1.0


def train(
    prompts: Sequence[PromptFeatures],
    targets: Targets,
    scale: Scale,
    *,
    trusts: Sequence[Trust] = (Trust(),),
    lean: float = 0.0,
    about: str = "",
) -> PromptModel:
    """Both heads; of several trusts the mean. The same input gives the same bytes."""
    tables = [
        table_of([row_of(each, scale, trust.word_scale) for each in prompts], scale.size)
        for trust in trusts
    ]
    return PromptModel(
        bits=scale.bits,
        means=scale.means,
        spreads=scale.spreads,
        rarity=scale.rarity,
        local=_head(tables, targets.local, trusts),
        cloud=_head(tables, targets.cloud, trusts),
        lean=lean,
        about=about,
    )


def _head(tables: Sequence[Table], targets: Sequence[float], trusts: Sequence[Trust]) -> Head:
    pairs = list(zip(tables, trusts, strict=True))
    weights = _mean([_weights(table, targets, trust) for table, trust in pairs])
    words = weights[FIRST_WORD:]
    step = max(map(abs, words), default=0.0) / LARGEST or 1.0
    shared, *own = (weights[at : at + BLOCK] for at in range(0, FIRST_WORD, BLOCK))
    return Head(
        biases=tuple([round(shared[0] + DENSE_SCALE * each[0], DIGITS) for each in own]),
        dense=tuple([_sums(shared[1:], each[1:]) for each in own]),
        words=array("b", [round(weight / step) for weight in words]),
        step=round(step, DIGITS + 3) or 10.0**-DIGITS,
    )


def _weights(table: Table, targets: Sequence[float], trust: Trust) -> list[float]:
    """Those of words for words of length 1."""
    weights = fit(table, targets, trust.strength)
    words = [weight * trust.word_scale for weight in weights[FIRST_WORD:]]
    return [*weights[:FIRST_WORD], *words]


def _mean(several: Sequence[Sequence[float]]) -> list[float]:
    return [sum(column) / len(several) for column in zip(*several, strict=True)]


def _sums(shared: Sequence[float], own: Sequence[float]) -> tuple[float, ...]:
    return tuple([round(one + other, DIGITS) for one, other in zip(shared, own, strict=True)])
