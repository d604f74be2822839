"""The prompt-side model: how likely is a small local, and a large cloud model, to be right?

Two linear heads over the same features, each through a sigmoid. What a prompt
would gain by going to the cloud is their difference: the hardest prompts gain
nothing, since they fail everywhere. The weights reach this module as bytes:

    magic, 8 bytes | length of the header, 4 bytes, little endian | header, JSON
    | 2**bits rarities, one byte each
    | 2**bits weights of the local head, one signed byte each | the same of the cloud head

Words are hashed by CRC-32, so the artifact holds no vocabulary. A rare word
counts for more than a common one, a word that training never met for nothing.
Rarities and weights are whole numbers: their sums are exact in any order, and
so the result is the same on every machine.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Any, NamedTuple
from zlib import crc32

from homeport.analysis.prompt_features import DENSE, KINDS, PromptFeatures, features_of_text

MAGIC = b"HPPROMPT"
MOST_BITS = 20
DENSE_SCALE, CLIP = 0.3, 4.0
"""Dense features count so much against words, after standardising, and reach no further."""
_FARTHEST = 30.0
_WORDS = DENSE.index("words")


class Gain(NamedTuple):
    """Probabilities of a right answer."""

    local: float
    cloud: float

    @property
    def difference(self) -> float:
        """What going to the cloud would gain, -1 to 1."""
        return self.cloud - self.local


@dataclass(frozen=True, slots=True)
class Head:
    """One linear model: for each kind of prompt a bias and weights of numbers; hashed words."""

    biases: tuple[float, ...]
    """For each of `KINDS`."""
    dense: tuple[tuple[float, ...], ...]
    """For each of `KINDS`, for each of `DENSE` on its standardised scale."""
    words: array[int]
    step: float
    """What one unit of `words` weighs."""


@dataclass(frozen=True, slots=True)
class PromptModel:
    """Predicts from the prompt alone; immutable, and deterministic to the last bit."""

    bits: int
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    rarity: array[int]
    """How rare each hashed word is; 0 where it is unknown."""
    local: Head
    cloud: Head
    lean: float
    """What one spread of length adds to a prompt's rank."""
    about: str
    """What it was trained on, in a sentence."""

    def __repr__(self) -> str:
        return f"PromptModel({2**self.bits} buckets, {len(DENSE)} numbers: {self.about})"

    @classmethod
    def from_bytes(cls, data: bytes) -> PromptModel:
        """Reads an artifact. Raises `ValueError` where it is none, or not for these features."""
        try:
            return _read(data)
        except (LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not an artifact of the prompt-side model: {error}") from error

    def to_bytes(self) -> bytes:
        """The artifact; reading it gives an equal model."""
        header = {
            "about": self.about,
            "bits": self.bits,
            "dense": list(DENSE),
            "kinds": list(KINDS),
            "lean": self.lean,
            "means": self.means,
            "spreads": self.spreads,
            "local": _head_fields(self.local),
            "cloud": _head_fields(self.cloud),
        }
        text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
        parts = (MAGIC, len(text).to_bytes(4, "little"), text)
        arrays = (self.rarity, self.local.words, self.cloud.words)
        return b"".join((*parts, *[each.tobytes() for each in arrays]))

    def gain(self, text: str) -> Gain:
        """Predicts for one message of any kind and size."""
        return self.gain_of(features_of_text(text))

    def gain_of(self, features: PromptFeatures) -> Gain:
        """Predicts for a prompt whose features are known."""
        dense = standardised(features.dense, self.means, self.spreads)
        rarity = self.rarity
        words = [(b, rarity[b]) for b in buckets_of(features.terms, self.bits) if rarity[b]]
        length = sqrt(sum([rare * rare for _, rare in words]) or 1)
        return Gain(
            _probability(self.local, features.kind, dense, words, length),
            _probability(self.cloud, features.kind, dense, words, length),
        )

    def need(self, features: PromptFeatures) -> float:
        """For ranking prompts: the gain, and a little for their length.

        Length is the one sign that holds where training tells nothing.
        """
        size = (features.dense[_WORDS] - self.means[_WORDS]) / self.spreads[_WORDS]
        return self.gain_of(features).difference + self.lean * max(-CLIP, min(CLIP, size))

    def need_of_text(self, text: str) -> float:
        """The same for one message."""
        return self.need(features_of_text(text))


def standardised(
    dense: Sequence[float], means: Sequence[float], spreads: Sequence[float]
) -> list[float]:
    """Distances from the mean in spreads, bounded and scaled."""
    return [
        DENSE_SCALE * max(-CLIP, min(CLIP, (value - mean) / spread))
        for value, mean, spread in zip(dense, means, spreads, strict=True)
    ]


def buckets_of(terms: Iterable[str], bits: int) -> list[int]:
    """Where the weights of these words stand."""
    mask = (1 << bits) - 1
    return [crc32(term.encode("utf-8", "surrogatepass")) & mask for term in terms]


def sigmoid(value: float) -> float:
    """0 to 1, for any finite value."""
    return 1.0 / (1.0 + exp(-max(-_FARTHEST, min(_FARTHEST, value))))


def _probability(
    head: Head, kind: int, dense: Sequence[float], words: Sequence[tuple[int, int]], length: float
) -> float:
    value = head.biases[kind]
    for weight, feature in zip(head.dense[kind], dense, strict=True):
        value += weight * feature
    weights = head.words
    return sigmoid(value + head.step * sum([weights[b] * rare for b, rare in words]) / length)


def _head_fields(head: Head) -> dict[str, Any]:
    return {"biases": head.biases, "dense": head.dense, "step": head.step}


def _read(data: bytes) -> PromptModel:
    start = len(MAGIC) + 4
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise ValueError("not an artifact of the prompt-side model")
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    header = json.loads(data[start:end])
    bits = int(header["bits"])
    if not 1 <= bits <= MOST_BITS or len(data) != end + 3 * 2**bits:
        raise ValueError("the artifact of the prompt-side model is cut short, or too long")
    if header["dense"] != list(DENSE) or header["kinds"] != list(KINDS):
        raise ValueError("the artifact of the prompt-side model is for other features")
    size = 2**bits
    rarity, local, cloud = (data[end + size * part : end + size * (part + 1)] for part in range(3))
    return PromptModel(
        bits=bits,
        means=_numbers(header["means"], len(DENSE)),
        spreads=_numbers(header["spreads"], len(DENSE)),
        rarity=array("B", rarity),
        local=_head(header["local"], local),
        cloud=_head(header["cloud"], cloud),
        lean=float(header["lean"]),
        about=str(header["about"]),
    )


def _head(fields: dict[str, Any], words: bytes) -> Head:
    return Head(
        _numbers(fields["biases"], len(KINDS)),
        tuple([_numbers(fields["dense"][kind], len(DENSE)) for kind in range(len(KINDS))]),
        array("b", words),
        float(fields["step"]),
    )


def _numbers(values: Sequence[float], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise ValueError("the artifact of the prompt-side model is for other features")
    return tuple(map(float, values))
