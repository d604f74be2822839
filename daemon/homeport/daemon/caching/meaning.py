"""Vectors of what people said last, by the one embedding model at home that the config names.

Nobody is kept waiting by it and nothing leaves this machine: it is asked under a permit for
private prompts, and what is late or fails is no vector. Vectors of other weights are never
compared: each goes with the name of what made it.
"""

from __future__ import annotations

import array
import asyncio
import logging
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from operator import mul
from typing import Final, NamedTuple

from homeport.adapters.base import AttemptFailed, Embedder, Inputs, Labels, Limits
from homeport.daemon.caching.judging import weights_of
from homeport.daemon.routing.rooms import Rooms
from homeport.policies.gates import VECTORS
from homeport.policies.model import Ask, ModelCard

log = logging.getLogger("homeport.cache")

LOOK_S: Final = 0.4
"""Longest wait for a vector while a prompt waits."""
KEEP_S: Final = 20.0
"""And when nobody does: a model may have to be loaded first."""
MOST_CHARACTERS: Final = 2_000
"""Of what is longer no vector is made: nobody says it a second time in other words."""
MOST_NUMBERS: Final = 8_192
SHOWN: Final = 6
"""Names in a sentence, at most."""


class Vector(NamedTuple):
    """One, at length 1."""

    embedder: str
    """Model and weights."""
    packed: bytes
    """32-bit floats, little-endian."""


class Meanings:
    """Asks the embedding model. Owns why there is none, as a sentence."""

    def __init__(self) -> None:
        self.trouble = ""

    def __repr__(self) -> str:
        return f"Meanings({self.trouble or 'in order'})"

    async def of(
        self, words: str, ask: Ask, rooms: Rooms, model: str, seconds: float
    ) -> Vector | None:
        """The vector of some words; None where it cannot be had within that time."""
        if len(words) > MOST_CHARACTERS:
            return None
        card = self._card(rooms, model)
        if card is None:
            return None
        try:
            async with asyncio.timeout(seconds):
                numbers = await _embedded(words, ask, rooms, card, seconds)
        except TimeoutError:
            log.debug("%s was not done within %g s", model, seconds)
            return None
        except AttemptFailed as error:
            self._told(f"{model} made no vector: {error.failure.sentence}")
            return None
        self.trouble = ""
        return None if numbers is None else Vector(f"{card.id} {weights_of(card)}", packed(numbers))

    def _card(self, rooms: Rooms, model: str) -> ModelCard | None:
        there = rooms.fleet.ids()
        name = next((name for name in (model, f"{model}:latest") if name in there), None)
        card = rooms.fleet.card(name) if name is not None else None
        if card is None or VECTORS.isdisjoint(card.capabilities):
            others = _offered(rooms)
            self._told(f"cache.near_embedding: {model} is no embedding model here. {others}")
            return None
        if card.place != "local":
            self._told(f"cache.near_embedding: {model} is not on this machine, so it is not asked.")
            return None
        return card

    def _told(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def _offered(rooms: Rooms) -> str:
    cards = [rooms.fleet.card(model) for model in rooms.fleet.ids()]
    able = [
        card.id for card in cards if card.place == "local" and "embeddings" in card.capabilities
    ]
    return f"At home there are: {', '.join(able[:SHOWN])}." if able else "None is at home."


async def _embedded(
    words: str, ask: Ask, rooms: Rooms, card: ModelCard, seconds: float
) -> Sequence[float] | None:
    with rooms.fleet.borrowed(card.id) as adapter:
        if not isinstance(adapter, Embedder):
            return None
        permit = rooms.egress.permit(replace(ask, privacy="private"), card, adapter.origin)
        limits = Limits(1, seconds, first_token_s=seconds, gap_s=seconds)
        inputs = Inputs((words,), labels=Labels(model=card.id, private=True))
        embedded = await adapter.embed(inputs, card, limits=limits, permit=permit)
    return _at_length_one(embedded.vectors[0]) if len(embedded.vectors) == 1 else None


def _at_length_one(numbers: Sequence[float]) -> Sequence[float] | None:
    """None where it has no length, or is no vector that can be compared."""
    length = math.hypot(*numbers)
    if not 0 < length < math.inf or len(numbers) > MOST_NUMBERS:
        return None
    return [number / length for number in numbers]


def packed(numbers: Sequence[float]) -> bytes:
    """As it is stored."""
    return _turned(array.array("f", numbers)).tobytes()


def cosine(one: bytes, other: bytes) -> float:
    """Of two vectors; of those of another length nothing is known: 0."""
    if len(one) != len(other):
        return 0.0
    return float(sum(map(mul, _unpacked(one), _unpacked(other))))


def _unpacked(data: bytes) -> array.array[float]:
    numbers = array.array("f")
    numbers.frombytes(data)
    return _turned(numbers)


def _turned(numbers: array.array[float]) -> array.array[float]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
