"""Every adapter of ours reads the lab's wire of its kind: models, a whole answer, a break."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import Adapter
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.adapters.ollama.adapter import OllamaAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.egress.permits import Egress
from homeport.lab.server import LabServer
from homeport.policies.model import ModelCard
from support.asks import PATIENT, Outcome, ask, collect, user

SCRIPT = {"words": 4, "always_usage": True}
WIRES = ("openai", "llama-server", "ollama", "anthropic", "gemini")


def adapter_for(wire: str, lab: LabServer) -> Adapter:
    if wire == "anthropic":
        return AnthropicAdapter(lab.base_url)
    if wire == "gemini":
        return GeminiAdapter(lab.base_url)
    if wire == "ollama":
        return OllamaAdapter(lab.base_url)
    return OpenAICompatibleAdapter("lab", lab.base_url)


@asynccontextmanager
async def egress() -> AsyncIterator[Egress]:
    gate = Egress(environment={})
    try:
        yield gate
    finally:
        await gate.close()


async def run(gate: Egress, adapter: Adapter, card: ModelCard) -> Outcome:
    permit = gate.permit(ask(), card, adapter.origin)
    return await collect(
        adapter.stream(user("Count."), card, prefix="", limits=PATIENT, permit=permit)
    )


async def first_card(gate: Egress, adapter: Adapter) -> ModelCard:
    cards = await adapter.models(gate.probe_permit(adapter.origin))
    assert cards
    return cards[0]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_whole_answer_with_its_usage(wire: str) -> None:
    async with LabServer(wire, script=SCRIPT) as lab, egress() as gate:
        adapter = adapter_for(wire, lab)
        outcome = await run(gate, adapter, await first_card(gate, adapter))
    assert outcome.failure is None
    assert outcome.text == "w1 w2 w3 w4"
    assert outcome.finish.reason == "stop"
    assert (outcome.finish.usage.input, outcome.finish.usage.output) == (1, 4)
    assert lab.log.last.outcome == "whole"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset@2", {"reset"}),
        ("clean_end@2", {"truncated"}),
        ("429:retry_after=7", {"rate_limited"}),
        ("529", {"overloaded"}),
    ],
)
async def test_a_break_is_told_as_what_it_is(wire: str, fault: str, kind: set[str]) -> None:
    async with LabServer(wire, script=SCRIPT, faults=[fault]) as lab, egress() as gate:
        adapter = adapter_for(wire, lab)
        outcome = await run(gate, adapter, await first_card(gate, adapter))
    assert outcome.failure is not None
    assert outcome.failure.kind in kind
    assert outcome.text == ("w1 w2" if "@2" in fault else "")
    assert outcome.failure.retry_after_ms == (7000 if "429" in fault else None)
    assert lab.log.calls() == 1
