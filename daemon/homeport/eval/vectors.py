"""From prompts to rows of numbers: standardised features, and words by their rarity."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt

from homeport.analysis.prompt_features import DENSE, KINDS, PromptFeatures
from homeport.analysis.promptside import DENSE_SCALE, buckets_of, standardised
from homeport.eval.learner import SparseRow

RARITY_UNIT, FEWEST = 1 / 16, 2
"""One unit of rarity in natural logarithms; prompts that must hold a word."""
BLOCK = 1 + len(DENSE)
"""A bias and the numbers: one block for all prompts, then one for each kind."""
FIRST_WORD = BLOCK * (1 + len(KINDS))
DIGITS = 6
"""Decimals that are kept of every number of an artifact."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What is usual among prompts; learned from their texts alone, without any outcome."""

    bits: int
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    rarity: array[int]

    @property
    def size(self) -> int:
        """Places of a row: those before the words, then the hashed words."""
        return FIRST_WORD + (1 << self.bits)


def scale_of(prompts: Sequence[PromptFeatures], bits: int) -> Scale:
    """Means, spreads and rarities over these prompts."""
    columns = list(zip(*[prompt.dense for prompt in prompts], strict=True))
    means = [fsum(column) / len(prompts) for column in columns]
    spreads = [
        sqrt(fsum([(value - mean) ** 2 for value in column]) / len(prompts))
        for column, mean in zip(columns, means, strict=True)
    ]
    holders: Counter[int] = Counter()
    for prompt in prompts:
        holders.update(set(buckets_of(prompt.terms, bits)))
    return Scale(
        bits,
        tuple(round(mean, DIGITS) for mean in means),
        tuple(round(spread, DIGITS) or 1.0 for spread in spreads),
        _rarity(holders, len(prompts), bits),
    )


def _rarity(holders: Counter[int], prompts: int, bits: int) -> array[int]:
    rarity = array("B", bytes(2**bits))
    for bucket, count in holders.items():
        if count >= FEWEST:
            units = log((prompts + 1) / (count + 1)) / RARITY_UNIT
            rarity[bucket] = max(1, min(255, round(units)))
    return rarity


def row_of(prompt: PromptFeatures, scale: Scale, word_scale: float) -> SparseRow:
    """Bias and numbers, twice: for all and for its kind; then the words that are known.

    The words of a prompt have a common length, so that a long one has no louder voice.
    """
    dense = standardised(prompt.dense, scale.means, scale.spreads)
    own = BLOCK * (1 + prompt.kind)
    # Sorted: the order of a set differs between runs, and with it the last bit of a sum.
    known = sorted([b for b in buckets_of(prompt.terms, scale.bits) if scale.rarity[b]])
    length = sqrt(sum([scale.rarity[bucket] ** 2 for bucket in known]) or 1) / word_scale
    words = [scale.rarity[bucket] / length for bucket in known]
    return SparseRow(
        (*range(BLOCK), *range(own, own + BLOCK), *[FIRST_WORD + bucket for bucket in known]),
        (1.0, *dense, DENSE_SCALE, *dense, *words),
    )
