"""How much to reason, in the words of each dialect."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Sampling
from homeport.adapters.openai.reasoning import reasoning_fields
from homeport.adapters.providers import PROVIDERS, SERVERS


@pytest.mark.parametrize(
    ("provider", "effort", "budget", "fields"),
    [
        ("openai", None, None, {}),
        ("openai", "high", None, {"reasoning_effort": "high"}),
        ("openai", None, 0, {"reasoning_effort": "none"}),
        ("openai", None, 500, {"reasoning_effort": "minimal"}),
        ("openai", None, 2000, {"reasoning_effort": "low"}),
        ("openai", None, 90_000, {"reasoning_effort": "high"}),
        ("openrouter", "high", None, {"reasoning": {"effort": "high"}}),
        ("openrouter", None, 2000, {"reasoning": {"max_tokens": 2000}}),
        ("openrouter", "none", None, {"reasoning": {"enabled": False}}),
        ("deepseek", "low", None, {"thinking": {"type": "enabled"}, "reasoning_effort": "low"}),
        ("deepseek", None, 0, {"thinking": {"type": "disabled"}}),
        ("zai", "high", None, {"thinking": {"type": "enabled"}}),
        ("mistral", "medium", None, {"reasoning_effort": "high"}),
        ("mistral", "none", None, {"reasoning_effort": "none"}),
    ],
)
def test_each_dialect(
    provider: str, effort: str | None, budget: int | None, fields: dict[str, Any]
) -> None:
    sampling = Sampling(reasoning_effort=effort, reasoning_budget=budget)
    assert reasoning_fields(sampling, PROVIDERS[provider]) == (fields, ())


def test_servers_at_home() -> None:
    off = reasoning_fields(Sampling(reasoning_budget=0), SERVERS["llama-server"])
    assert off == ({"chat_template_kwargs": {"enable_thinking": False}}, ())
    some, _ = reasoning_fields(Sampling(reasoning_budget=600), SERVERS["vllm"])
    assert some == {
        "chat_template_kwargs": {"enable_thinking": True},
        "reasoning_effort": "minimal",
        "thinking_budget_tokens": 600,
    }


def test_what_has_no_words_is_named() -> None:
    sampling = Sampling(reasoning_effort="low", reasoning_budget=5)
    told = ({}, ("reasoning_effort", "reasoning_budget"))
    assert reasoning_fields(sampling, PROVIDERS["gemini"]) == told
