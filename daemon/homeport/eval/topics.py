"""What a prompt is about: where it stands among topics, found in texts without any outcome.

Topics are the strongest directions in a table of words by their rarity (latent semantic
analysis), found by subspace iteration. Labels then say what each of them gains: these are
few numbers, so few labels are enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from homeport.eval.learner import SparseRow, Table, table_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COUNTS = (40, 60, 80)
"""Of topics. What is learned with each is averaged: the best count hangs on chance."""
CAUTION = 5.0
"""How many prompts speak against a topic before the first speaks for it."""
FEWEST, COMMONEST = 2, 0.4
"""Texts that must hold a word, and the share of them that may."""
_ROUNDS, _SPARE, _SEED = 4, 10, 0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Topics:
    """Directions among words, the strongest first."""

    rarity: Mapping[str, float]
    numbered: Mapping[str, int]
    directions: Floats
    """One row for each word, one column for each topic."""

    def __repr__(self) -> str:
        return f"Topics({self.directions.shape[1]} of {len(self.rarity)} words)"

    def places(self, texts: Sequence[str]) -> Floats:
        """Where each text stands, one row each."""
        table = _table(texts, self.rarity, self.numbered)
        return _times(table, self.directions[table.occurring])


def topics_of(texts: Sequence[str], count: int = max(COUNTS)) -> Topics:
    """The topics of these texts; always the same ones."""
    rarity = _rarity(texts)
    numbered = {word: place for place, word in enumerate(rarity)}
    table = _table(texts, rarity, numbered)
    chance = np.random.default_rng(_SEED)
    found: Floats = chance.standard_normal((len(table.occurring), count + _SPARE))
    for _ in range(_ROUNDS):
        found = np.linalg.qr(_back(table, np.linalg.qr(_times(table, found))[0]))[0]
    seen = _times(table, found)
    strongest = np.linalg.eigh(seen.T @ seen)[1][:, ::-1][:, :count]
    directions: Floats = np.zeros((len(rarity), strongest.shape[1]))
    directions[table.occurring] = found @ strongest
    return Topics(rarity, numbered, directions)


def gains_by_topic(known: Floats, gains: Sequence[float], asked: Floats) -> list[float]:
    """What is gained where `asked` stands, by what was gained where `known` does.

    Ridge regression on the direction in which each prompt lies; the mean over `COUNTS`.
    """
    wanted = np.asarray(gains, dtype=np.float64)
    mean = float(np.mean(wanted))
    parts = [_ridge(_unit(known[:, :n]), wanted - mean, _unit(asked[:, :n])) for n in COUNTS]
    return [mean + float(value) for value in np.mean(parts, axis=0)]


def _rarity(texts: Sequence[str]) -> dict[str, float]:
    holders: Counter[str] = Counter()
    for text in texts:
        holders.update(set(_WORD.findall(text.lower())))
    most = COMMONEST * len(texts)
    return {
        word: 1.0 + log((1 + len(texts)) / (1 + held))
        for word, held in sorted(holders.items())
        if FEWEST <= held <= most
    }


def _table(texts: Sequence[str], rarity: Mapping[str, float], numbered: Mapping[str, int]) -> Table:
    return table_of([_row(text, rarity, numbered) for text in texts], len(rarity))


def _row(text: str, rarity: Mapping[str, float], numbered: Mapping[str, int]) -> SparseRow:
    """Known words by rarity and, on a scale of logarithms, by how often they stand there."""
    counted = Counter(word for word in _WORD.findall(text.lower()) if word in rarity)
    values = [(1.0 + log(often)) * rarity[word] for word, often in counted.items()]
    length = sqrt(sum([value**2 for value in values])) or 1.0
    return SparseRow(
        tuple([numbered[word] for word in counted]), tuple([value / length for value in values])
    )


def _ridge(known: Floats, wanted: Floats, asked: Floats) -> Floats:
    inner = known.T @ known + CAUTION * np.eye(known.shape[1])
    found: Floats = asked @ np.linalg.solve(inner, known.T @ wanted)
    return found


def _unit(rows: Floats) -> Floats:
    lengths = np.sqrt(np.sum(rows**2, axis=1, keepdims=True))
    shown: Floats = rows / np.maximum(lengths, 1e-12)
    return shown


def _times(table: Table, directions: Floats) -> Floats:
    return np.stack([table.times(column) for column in directions.T], axis=1)


def _back(table: Table, parts: Floats) -> Floats:
    return np.stack([table.back(column) for column in parts.T], axis=1)
