"""How a model is told to think, and what may be tuned beside it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.thinking import LEAST_BUDGET, tuning_of
from homeport.adapters.base import Sampling

OLD, BOTH, NEW = (traits_of(f"claude-opus-{v}") for v in ("4-1", "4-6", "4-8"))
ANCIENT, ALWAYS = traits_of("claude-3-5-haiku-latest"), traits_of("claude-fable-5")
ADAPTIVE = {"type": "adaptive", "display": "summarized"}


def tuned(traits: Any, max_tokens: int = 64_000, **options: Any) -> Any:
    own, may_think = options.pop("own", None), options.pop("may_think", True)
    return tuning_of(Sampling(**options), traits, max_tokens, own=own, may_think=may_think)


@pytest.mark.parametrize(
    ("traits", "asked", "thinking", "effort"),
    [
        (OLD, {"reasoning_effort": "high"}, {"type": "enabled", "budget_tokens": 16_384}, ""),
        (OLD, {"reasoning_budget": 5000}, {"type": "enabled", "budget_tokens": 5000}, ""),
        (OLD, {"reasoning_budget": 0}, None, ""),
        (OLD, {"reasoning_effort": "none"}, None, ""),
        (OLD, {}, None, ""),
        (BOTH, {"reasoning_effort": "xhigh"}, ADAPTIVE, "high"),
        (BOTH, {"reasoning_budget": 5000}, {"type": "enabled", "budget_tokens": 5000}, ""),
        (NEW, {"reasoning_effort": "minimal"}, ADAPTIVE, "low"),
        (NEW, {"reasoning_effort": "xhigh"}, ADAPTIVE, "xhigh"),
        (NEW, {"reasoning_budget": 5000}, ADAPTIVE, ""),
        (NEW, {"reasoning_effort": "none"}, {"type": "disabled"}, ""),
        (ALWAYS, {"reasoning_effort": "none"}, None, ""),
        (NEW, {"reasoning_effort": "high", "own": {}}, None, "high"),
        (NEW, {"own": {"type": "adaptive"}}, {"type": "adaptive"}, ""),
        (NEW, {"own": {"type": "disabled"}, "reasoning_budget": 0}, {"type": "disabled"}, ""),
        (OLD, {"own": {"type": "adaptive"}}, {"type": "enabled", "budget_tokens": 8192}, ""),
    ],
)
def test_ways_of_thinking(traits: Any, asked: Any, thinking: Any, effort: str) -> None:
    tuning = tuned(traits, **asked)
    assert tuning.fields.get("thinking") == thinking
    assert tuning.effort == effort
    assert not tuning.dropped


def test_a_budget_stays_below_the_answers_bound() -> None:
    assert tuned(OLD, 4096, reasoning_budget=9000).fields["thinking"]["budget_tokens"] == 4095
    assert tuned(OLD, 4096, reasoning_effort="high").fields["thinking"]["budget_tokens"] == 2048


@pytest.mark.parametrize(
    ("traits", "options"),
    [
        (OLD, {"max_tokens": 1000, "reasoning_effort": "low"}),
        (ANCIENT, {"reasoning_effort": "low"}),
        (NEW, {"reasoning_effort": "low", "may_think": False}),
    ],
)
def test_where_it_cannot_think_the_wish_is_named(traits: Any, options: Any) -> None:
    tuning = tuned(traits, **options)
    assert "thinking" not in tuning.fields
    assert tuning.dropped == {"reasoning_effort"}


def test_a_thinking_model_is_not_tuned() -> None:
    knobs = {"temperature": 0.2, "top_k": 5, "reasoning_effort": "high"}
    tuning = tuned(OLD, **knobs)
    assert tuning.dropped == {"temperature", "top_k"}
    assert set(tuning.fields) == {"thinking"}


def test_the_newest_take_no_knobs() -> None:
    tuning = tuned(NEW, temperature=1.0, top_p=0.9)
    assert tuning.fields == {}
    assert tuning.dropped == {"temperature", "top_p"}


def test_knobs_of_an_older_model() -> None:
    tuning = tuned(OLD, temperature=1.7, top_p=0.9, top_k=4, stop=("END", " "), seed=3)
    assert tuning.fields == {"temperature": 1.0, "top_k": 4, "stop_sequences": ["END"]}
    assert tuning.dropped == {"top_p", "stop", "seed"}
    assert tuned(ANCIENT, temperature=0.0, top_p=0.9).fields == {"temperature": 0.0, "top_p": 0.9}


def test_what_this_wire_never_has_is_named() -> None:
    knobs = {"presence_penalty": 1.0, "frequency_penalty": 1.0, "logprobs": True, "min_p": 0.1}
    assert tuned(NEW, **knobs).dropped == set(knobs)


@given(
    st.sampled_from([OLD, BOTH, NEW, ANCIENT, ALWAYS]),
    st.sampled_from([None, "none", "minimal", "low", "medium", "high", "xhigh", "max", "odd"]),
    st.none() | st.integers(0, 100_000),
    st.none() | st.floats(0, 2),
    st.integers(1, 100_000),
    st.booleans(),
)
def test_any_wish_gives_a_request_that_holds(
    traits: Any, effort: Any, budget: Any, temperature: Any, max_tokens: int, may_think: bool
) -> None:
    tuning = tuned(
        traits, max_tokens, reasoning_effort=effort, reasoning_budget=budget,
        temperature=temperature, may_think=may_think,
    )  # fmt: skip
    thinking = tuning.fields.get("thinking", {})
    if thinking.get("type") == "enabled":
        assert traits.budgets
        assert LEAST_BUDGET <= thinking["budget_tokens"] < max_tokens
    assert thinking.get("type") != "adaptive" or traits.adaptive
    assert may_think or thinking.get("type") in (None, "disabled")
    if thinking.get("type") in ("enabled", "adaptive"):
        assert "temperature" not in tuning.fields
    assert tuning.effort in ("", *traits.efforts)
