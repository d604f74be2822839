"""Who plays in the demonstration: two cloud providers and a model server at home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from homeport.lab.catalog import LabModel
from homeport.lab.demo.prompts import script
from homeport.lab.server import LabServer

LAB_KEY: Final = "lab-key-that-opens-nothing"
HOME_MODEL: Final = LabModel(
    name="lab-home-3b", context=16_384, parameters=3_000_000_000, size_bytes=1_000_000
)


@dataclass
class Cast:
    """The servers, while they run."""

    first: LabServer
    """Plays OpenAI."""
    second: LabServer
    """Plays Mistral, which can go on in the middle of a sentence."""
    home: LabServer
    """Plays a llama.cpp server of this machine."""


@asynccontextmanager
async def on_stage() -> AsyncIterator[Cast]:
    """The servers, each on a port of its own."""
    async with AsyncExitStack() as stack:
        first = LabServer(
            "openai",
            models=["gpt-5.5", "gpt-5.4-mini"],
            key=LAB_KEY,
            script=script(first_token_ms=420, tokens_per_s=55),
        )
        second = LabServer(
            "openai",
            models=["mistral-medium-3-5", "mistral-small-2603"],
            key=LAB_KEY,
            script={**script(first_token_ms=300, tokens_per_s=80), "always_usage": True},
        )
        here = LabServer(
            "llama-server", models=[HOME_MODEL], script=script(first_token_ms=150, tokens_per_s=32)
        )
        yield Cast(
            await stack.enter_async_context(first),
            await stack.enter_async_context(second),
            await stack.enter_async_context(here),
        )
