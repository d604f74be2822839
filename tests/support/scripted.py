"""A scripted adapter for tests of the way of a request: no server, no sleep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from homeport.adapters.base import (
    Adapter,
    Delta,
    Finish,
    Limits,
    Message,
    Permit,
    Prompt,
    Setup,
    Text,
    TextDelta,
    Usage,
    failed,
)
from homeport.policies.model import Failure, FailureKind, ModelCard


def card(model: str, **fields: object) -> ModelCard:
    """A local card of 8,192 tokens that can continue an answer."""
    provider, _, name = model.partition("/")
    base: dict[str, object] = {
        "id": model,
        "provider": provider,
        "name": name,
        "place": "local",
        "context": 8192,
        "continues": True,
        "parameters": 8 * 10**9,
    }
    return ModelCard(**(base | fields))  # type: ignore[arg-type]


def prompt(text: str = "Why is the sky blue?", **fields: object) -> Prompt:
    """One user message."""
    return Prompt(messages=(Message("user", (Text(text),)),), **fields)  # type: ignore[arg-type]


@dataclass
class Script:
    """What one model does: words, then a finish, a failure, or silence."""

    words: Sequence[str | Delta] = ("Hello", " there", ".")
    fails: FailureKind | None = None
    hangs: bool = False
    ends_early: bool = False
    usage: Usage = field(default_factory=lambda: Usage(input=7, output=3))


class ScriptedAdapter:
    """Answers by script, and remembers what it was asked."""

    provider = "scripted"
    origin = ""

    def __init__(self, scripts: dict[str, Script], cards: Sequence[ModelCard]) -> None:
        self.scripts = scripts
        self.cards = list(cards)
        self.asked: list[tuple[str, str]] = []
        self.limits: list[Limits] = []
        self.closed = 0

    @classmethod
    def build(cls, setup: Setup) -> Sequence[Adapter]:
        """None: tests make their own."""
        return []

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """The cards it was made with."""
        return self.cards

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Run the model's script."""
        self.asked.append((card.id, prefix))
        self.limits.append(limits)
        script = self.scripts[card.id]
        sent = 0
        try:
            for word in script.words:
                yield TextDelta(word) if isinstance(word, str) else word
                sent += 1
                await asyncio.sleep(0)
            if script.hangs:
                await asyncio.Event().wait()
            if script.fails:
                raise failed(card.id, script.fails, f"{card.id} broke", sent_tokens=sent)
            if not script.ends_early:
                yield Finish("stop", script.usage)
        finally:
            self.closed += 1

    async def close(self) -> None:
        """Nothing to let go of."""


def failure(model: str, kind: FailureKind = "reset") -> Failure:
    """A failure with a plain sentence."""
    return Failure(model=model, kind=kind, sentence=f"{model} broke")
