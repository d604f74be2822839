"""Asks, prompts and collected answers for tests of adapters and of the egress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Limits,
    Message,
    Prompt,
    Setup,
    Text,
    TextDelta,
)
from homeport.policies.model import Ask, Failure, ModelCard

PLAIN_ASK: dict[str, Any] = {
    "task": "chat",
    "difficulty": 10,
    "level": "basic",
    "checkable": "free",
    "language": "en",
    "urgency": "interactive",
    "input_tokens": 5,
    "input_tokens_bound": 9,
    "output_tokens": 20,
    "max_tokens": None,
    "needs": (),
    "privacy": "normal",
    "streams": True,
    "requested_model": "auto",
    "mode": None,
    "strategy": "single",
    "max_cost_nano": None,
    "deadline_ms": 10_000,
    "session": "",
    "client": "test",
    "tags": (),
}

PATIENT = Limits(max_tokens=100, deadline_s=60.0, connect_s=5.0, first_token_s=60.0, gap_s=60.0)


def ask(**fields: Any) -> Ask:
    """An ask that any model may answer."""
    return Ask(**(PLAIN_ASK | fields))


def model_card(model: str = "test/model", **fields: Any) -> ModelCard:
    """A local card."""
    provider, _, name = model.partition("/")
    return ModelCard(
        **({"id": model, "provider": provider, "name": name, "place": "local"} | fields)
    )


def user(text: str = "hi", **fields: Any) -> Prompt:
    """One user message."""
    return Prompt((Message("user", (Text(text),)),), **fields)


def setup(**fields: Any) -> Setup:
    """A setup with nothing in it."""
    base: dict[str, Any] = {
        "settings": {},
        "models_dir": "",
        "cache_dir": "",
        "environment": {},
        "credential": lambda _: None,
    }
    return Setup(**(base | fields))


class Secret:
    """A credential for tests."""

    def __init__(self, value: str = "sk-very-secret") -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value


@dataclass
class Outcome:
    """Everything an attempt gave."""

    deltas: list[Delta] = field(default_factory=list)
    failure: Failure | None = None

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if isinstance(delta, TextDelta))

    @property
    def finish(self) -> Finish:
        assert isinstance(self.deltas[-1], Finish), (self.deltas, self.failure)
        return self.deltas[-1]


async def collect(
    stream: AsyncIterator[Delta], within_s: float = 30.0, into: Outcome | None = None
) -> Outcome:
    """Take the whole stream, whatever its end; fails the test where it hangs."""
    outcome = Outcome() if into is None else into
    async with asyncio.timeout(within_s):
        try:
            async for delta in stream:
                outcome.deltas.append(delta)
        except AttemptFailed as error:
            outcome.failure = error.failure
    return outcome
