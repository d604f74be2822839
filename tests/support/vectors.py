"""A scripted model that makes embeddings: a vector of each input's length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from homeport.adapters.base import (
    Adapter,
    Delta,
    Embedded,
    Inputs,
    Limits,
    Permit,
    Prompt,
    Setup,
    Usage,
    failed,
)
from homeport.policies.model import FailureKind, ModelCard
from support.scripted import card


def vector_card(model: str, **fields: object) -> ModelCard:
    """A card of a model that makes embeddings."""
    return card(model, **({"capabilities": ("embeddings",), "continues": False} | fields))


class VectorAdapter:
    """Gives vectors, or the failures it is told to, one for each try."""

    provider = "vectors"
    origin = ""

    def __init__(self, cards: Sequence[ModelCard], fails: Sequence[FailureKind] = ()) -> None:
        self.cards = list(cards)
        self.fails = list(fails)
        self.asked: list[tuple[str, Inputs]] = []
        self.usage = Usage(input=11)
        self.length = 2
        self.before: Callable[[], object] | None = None
        self.hangs = False
        """It never answers."""

    @classmethod
    def build(cls, setup: Setup) -> Sequence[Adapter]:
        return []

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        return self.cards

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        raise AssertionError("it cannot chat")

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        self.asked.append((card.id, inputs))
        if self.before is not None:
            self.before()
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise failed(card.id, self.fails.pop(0), f"{card.id} failed by its script.")
        length = inputs.dimensions if self.length == 0 else self.length
        vectors = tuple((float(len(item)),) * (length or 2) for item in inputs.inputs)
        return Embedded(vectors, self.usage, card.name)

    async def close(self) -> None:
        return
