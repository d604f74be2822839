"""A cloud that keeps prompts warm as real ones do, with a clock, and prices by class of token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from homeport.adapters.base import (
    Delta,
    Finish,
    Limits,
    Message,
    Permit,
    Prompt,
    Text,
    TextDelta,
    Usage,
)
from homeport.daemon.money.price import Price, rates_of
from homeport.policies.model import ModelCard
from support.scripted import ScriptedAdapter, card

MINUTE_MS = 60_000


@dataclass
class Clock:
    """Moves when it is told to."""

    now_ms: int = 1_800_000_000_000

    def __call__(self) -> int:
        """Unix time in milliseconds."""
        return self.now_ms


def price(dollars_in: float, dollars_read: float, dollars_out: float) -> Price:
    """Dollars per million tokens; what is read from a cache costs `dollars_read`."""
    rates = rates_of(
        {
            "input": ((-1, round(dollars_in * 1e9)),),
            "cache_read": ((-1, round(dollars_read * 1e9)),),
            "cache_write": ((-1, round(dollars_in * 1.25e9)),),
            "output": ((-1, round(dollars_out * 1e9)),),
        }
    )
    return Price(rates=rates, possible=rates, source="the test", date="")


def cloud_card(model: str) -> ModelCard:
    """A cloud model of a known family."""
    return card(
        model,
        place="cloud",
        context=400_000,
        parameters=None,
        price_ref=model,
        requests_per_minute=1_000_000,
    )


def tokens_of(text: str) -> int:
    """By the rule of thumb that a cloud of tests counts with."""
    return len(text) // 4


class CachingCloud(ScriptedAdapter):
    """Answers in a few words; keeps what each model has read for five minutes of the clock."""

    def __init__(self, cards: Sequence[ModelCard], clock: Clock, *, lives_ms: int = 5 * MINUTE_MS):
        super().__init__({}, cards)
        self.clock = clock
        self.lives_ms = lives_ms
        self.served: list[tuple[str, Usage]] = []
        self._kept: dict[tuple[str, str], int] = {}
        """(model, text that was read) with the moment it was."""

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """One answer, with the usage that such a provider reports."""
        text = "\n".join(message.text for message in prompt.messages)
        warm = max(map(tokens_of, self._warm(card.id, text)), default=0)
        self._kept[card.id, text] = self.clock.now_ms
        read = warm - warm % 128 if warm >= 1024 else 0
        usage = Usage(input=tokens_of(text), cache_read=read, output=200)
        self.served.append((card.id, usage))
        yield TextDelta("I changed the file as you asked.")
        yield Finish("stop", usage)

    def _warm(self, model: str, text: str) -> list[str]:
        alive = self.clock.now_ms - self.lives_ms
        found = []
        for (of, read), at_ms in list(self._kept.items()):
            if of == model and at_ms > alive and text.startswith(read):
                self._kept[of, read] = self.clock.now_ms
                found.append(read)
        return found


def turn(messages: Sequence[Message], said: str) -> tuple[Message, ...]:
    """The conversation with one more turn of the person."""
    return (*messages, Message("user", (Text(said),)))


def answered(messages: Sequence[Message], words: str) -> tuple[Message, ...]:
    """The conversation with the answer."""
    return (*messages, Message("assistant", (Text(words),)))
