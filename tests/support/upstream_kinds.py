"""Every kind of upstream with the lab's server of its shape: what contract suites are run over.

A wired kind is asked in the upstream's own wire with the caller's own bytes, so
that its events go on as they came.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import Adapter, Limits, Prompt, Spoken, TextDelta, Wired
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.adapters.ollama.adapter import OllamaAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.adapters.providers import PROVIDERS
from homeport.daemon.egress.permits import Egress
from homeport.lab.server import LabServer
from homeport.policies.model import ModelCard
from support.asks import PATIENT, Outcome, ask, collect, user

QUESTION: Final = "Count to four."
_PLAIN: Final = user(QUESTION, stream=True)
_TURNS: Final = [{"role": "user", "content": QUESTION}]


@dataclass(frozen=True)
class Kind:
    """One way to ask one upstream."""

    lab_wire: str
    adapter: Callable[[str], Adapter]
    model: str
    prompt: Prompt = _PLAIN


def _wired(wire: str, **body: Any) -> Prompt:
    raw = json.dumps(body | {"stream": True}).encode()
    prompt: Prompt = user(QUESTION, stream=True, wire=wire, raw=raw)
    return prompt


def _openai(url: str) -> Adapter:
    return OpenAICompatibleAdapter("openai", url, dialect=PROVIDERS["openai"])


def _server(url: str) -> Adapter:
    return OpenAICompatibleAdapter("lab", url)


KINDS: Final[dict[str, Kind]] = {
    "openai-chat": Kind("openai", _openai, "gpt-5-nano"),
    "openai-chat, wired": Kind(
        "openai",
        _openai,
        "gpt-5-nano",
        _wired("openai-chat", model="auto", messages=_TURNS),
    ),
    # Of the codex models OpenAI serves Responses alone.
    "openai-responses": Kind("openai", _openai, "gpt-5-codex"),
    "openai-responses, wired": Kind(
        "openai", _openai, "gpt-5-nano", _wired("openai-responses", model="auto", input=QUESTION)
    ),
    "anthropic": Kind("anthropic", AnthropicAdapter, "claude-haiku-4-5"),
    "anthropic, wired": Kind(
        "anthropic",
        AnthropicAdapter,
        "claude-haiku-4-5",
        _wired("anthropic", model="auto", max_tokens=99, messages=_TURNS),
    ),
    "gemini": Kind("gemini", GeminiAdapter, "gemini-2.5-flash"),
    "ollama": Kind("ollama", OllamaAdapter, "lab-home:3b"),
    "ollama, wired": Kind(
        "ollama",
        OllamaAdapter,
        "lab-home:3b",
        _wired("ollama", model="auto", messages=_TURNS),
    ),
    "llama-server": Kind("llama-server", _server, "lab-home-4b"),
}


class Upstream:
    """An adapter in front of a lab server that it has looked at."""

    def __init__(self, kind: Kind, lab: LabServer, egress: Egress) -> None:
        self.kind = kind
        self.lab = lab
        self.egress = egress
        self.adapter = kind.adapter(lab.base_url)
        self.card: ModelCard

    async def look(self) -> None:
        """Ask it for its models, and have every connection closed after."""
        cards = await self.adapter.models(self.egress.probe_permit(self.adapter.origin))
        self.card = next(card for card in cards if card.name == self.kind.model)
        await self.egress.forget("local")
        self.lab.log.clear()

    def stream(self, limits: Limits = PATIENT) -> Any:
        """One attempt."""
        return self.adapter.stream(
            self.kind.prompt,
            self.card,
            prefix="",
            limits=limits,
            permit=self.egress.permit(ask(), self.card, self.adapter.origin),
        )

    async def run(self, limits: Limits = PATIENT) -> Outcome:
        """One attempt to its end."""
        return await collect(self.stream(limits))


@asynccontextmanager
async def upstream(name: str, **lab_options: Any) -> AsyncIterator[Upstream]:
    """It lasts as long as the context."""
    kind = KINDS[name]
    options = {"models": [kind.model]} | lab_options
    async with LabServer(kind.lab_wire, **options) as lab:
        egress = Egress(environment={})
        made = Upstream(kind, lab, egress)
        try:
            await made.look()
            yield made
        finally:
            await made.adapter.close()
            await egress.close()


def spoken(outcome: Outcome) -> list[Spoken]:
    """What was said, the wired events opened."""
    said: list[Any] = []
    for delta in outcome.deltas:
        said += delta.deltas if isinstance(delta, Wired) else (delta,)
    return said


def text_of(outcome: Outcome) -> str:
    """The text of it."""
    return "".join(delta.text for delta in spoken(outcome) if isinstance(delta, TextDelta))
