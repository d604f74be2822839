"""From a prompt to its measurements: nothing of its words is left."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    Audio,
    Image,
    Labels,
    Message,
    Opaque,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.mending.free_text import functions_only
from homeport.daemon.routing.asking import ask_of, measured
from homeport.policies.errors import BadRequest
from homeport.policies.model import Weights

DEADLINE_MS = 60_000


def prompt_of(*parts: object, **fields: object) -> Prompt:
    return Prompt(messages=(Message("user", tuple(parts)),), **fields)  # type: ignore[arg-type]


@given(st.text(min_size=12, max_size=200).filter(lambda text: text.strip() == text))
def test_an_ask_holds_no_text_of_the_prompt(secret: str) -> None:
    marked = f"zqx{secret}zqx"
    ask = ask_of(prompt_of(Text(marked)), DEADLINE_MS)
    assert marked not in str(dataclasses.asdict(ask))
    assert "zqx" not in str(dataclasses.asdict(ask))


def test_what_a_prompt_needs_is_seen() -> None:
    prompt = prompt_of(
        Text("What is this?"),
        Image(data="aGk=", media_type="image/png"),
        tools=(Tool("look"),),
        response_format=ResponseFormat(kind="json_schema", schema={"type": "object"}),
        sampling=Sampling(logprobs=True, max_tokens=7),
    )
    ask = ask_of(prompt, DEADLINE_MS)
    assert set(ask.needs) == {"images", "tools", "json_schema", "logprobs"}
    assert ask.max_tokens == 7
    assert ask.checkable == "json"


def test_earlier_tool_calls_need_a_model_that_knows_tools() -> None:
    prompt = prompt_of(ToolCall("1", "f", "{}"), ToolResult("1", "42"))
    assert "tools" in ask_of(prompt, DEADLINE_MS).needs


def test_an_image_by_reference_counts_as_unknown_input() -> None:
    by_url = ask_of(prompt_of(Text("x"), Image(url="https://example.com/a.png")), DEADLINE_MS)
    inline = ask_of(prompt_of(Text("x"), Image(data="aGk=")), DEADLINE_MS)
    assert by_url.input_tokens_bound > inline.input_tokens_bound


def test_opaque_parts_are_survived() -> None:
    assert ask_of(prompt_of(Opaque("openai-chat", {"type": "new"})), DEADLINE_MS).input_tokens >= 0


@pytest.mark.parametrize(
    ("labels", "mode", "model"),
    [
        (Labels(), None, "auto"),
        (Labels(model="auto:local-only"), "local-only", "auto"),
        (Labels(policy="balanced"), "balanced", "auto"),
        (Labels(model="x/y", policy="cloud-only"), "cloud-only", "x/y"),
    ],
)
def test_the_policy_may_be_named_in_two_ways(labels: Labels, mode: str, model: str) -> None:
    ask = ask_of(prompt_of(Text("hi"), labels=labels), DEADLINE_MS)
    assert (ask.mode, ask.requested_model) == (mode, model)


@pytest.mark.parametrize("labels", [Labels(policy="frugal"), Labels(model="auto:frugal")])
def test_a_policy_that_is_no_mode_is_kept_by_its_name(labels: Labels) -> None:
    ask = ask_of(prompt_of(Text("hi"), labels=labels), DEADLINE_MS)
    assert (ask.policy, ask.mode, ask.requested_model) == ("frugal", None, "auto")


@pytest.mark.parametrize(
    ("labels", "param"),
    [
        (Labels(strategy="quick"), "strategy"),
    ],
)
def test_unknown_names_are_refused_with_those_that_exist(labels: Labels, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask_of(prompt_of(Text("hi"), labels=labels), DEADLINE_MS)
    assert caught.value.param == param
    assert "quick" in caught.value.sentence


async def test_a_very_long_prompt_is_measured_alike() -> None:
    prompt = prompt_of(Text("word " * 60_000))
    assert await measured(prompt, DEADLINE_MS) == ask_of(prompt, DEADLINE_MS)


def test_a_caller_cannot_lengthen_the_deadline() -> None:
    labels = Labels(deadline_ms=10 * DEADLINE_MS)
    assert ask_of(prompt_of(Text("hi"), labels=labels), DEADLINE_MS).deadline_ms == DEADLINE_MS


def test_free_text_is_bounded_as_servers_read_it_that_know_functions_alone() -> None:
    call = ToolCall("1", "run", "\n" * 3_000, {"type": "custom"})
    prompt = prompt_of(call, tools=tuple(Tool(f"r{at}", kind="custom") for at in range(40)))
    told = functions_only(prompt)
    (wrapped,) = told.messages[0].parts
    assert isinstance(wrapped, ToolCall)
    read = len(wrapped.arguments) + 2 * len(msgspec.json.encode(told.tools))
    assert ask_of(prompt, DEADLINE_MS).input_tokens_bound > read > 15_000


@pytest.mark.parametrize(
    ("part", "least"),
    [
        (Thinking("hm", "s" * 3000), 3000),
        (Thinking("", redacted="r" * 3000), 3000),
        (ToolCall("1", "f", "{}", {"thoughtSignature": "s" * 3000}), 3000),
        (Opaque("gemini", {"executableCode": {"code": "c" * 3000}}), 3000),
        (Audio(data="A" * 80_000), 10_000),
    ],
)
def test_what_is_read_beside_the_words_is_bounded(part: object, least: int) -> None:
    ask = ask_of(prompt_of(Text("hi"), part), DEADLINE_MS)
    assert ask.input_tokens_bound >= least
    assert ask.input_tokens < 1000


@pytest.mark.parametrize(
    "fields",
    [
        {"extras": {"previous_response_id": "resp_1"}},
        {"extras": {"conversation": "conv_1"}},
        {"extras": {"google": {"cached_content": "cachedContents/1"}}},
    ],
)
def test_what_is_held_elsewhere_may_fill_the_window(fields: dict[str, Any]) -> None:
    assert ask_of(prompt_of(Text("hi"), **fields), DEADLINE_MS).input_tokens_bound == 10_000_000


@pytest.mark.parametrize(
    "value", [{"fileData": {"fileUri": "x"}}, {"type": "item_reference"}, {"image_url": "x"}]
)
def test_a_part_of_a_wire_that_names_a_file(value: dict[str, Any]) -> None:
    ask = ask_of(prompt_of(Opaque("w", value)), DEADLINE_MS)
    assert ask.input_tokens_bound == 10_000_000


MARK = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}


@pytest.mark.parametrize(
    "prompt",
    [
        prompt_of(Text("hi", MARK)),
        prompt_of(Text("hi"), tools=(Tool("f", extras=MARK),)),
        prompt_of(Text("hi"), extras=MARK),
        prompt_of(Text("hi"), raw=b'{"system":[{"cache_control":{}}]}'),
    ],
)
def test_a_cache_mark_is_seen_wherever_it_stands(prompt: Prompt) -> None:
    assert ask_of(prompt, DEADLINE_MS).caches
    assert not ask_of(prompt_of(Text("cache_control")), DEADLINE_MS).caches


def test_terms_that_change_the_price_are_seen() -> None:
    asked = ask_of(prompt_of(Text("hi"), extras={"service_tier": "priority"}), DEADLINE_MS)
    assert asked.terms == (("service_tier", "priority"),)
    for plain in ("auto", "the secret words", 7):
        prompt = prompt_of(Text("hi"), extras={"service_tier": plain})
        assert ask_of(prompt, DEADLINE_MS).terms == ()


def test_what_counts_for_the_caller_is_kept() -> None:
    labels = Labels(weights=(0.5, 0.2, 0.3))
    ask = ask_of(prompt_of(Text("hi"), labels=labels), DEADLINE_MS)
    assert ask.weights == Weights(budget=0.5, latency=0.2, quality=0.3)


@pytest.mark.parametrize(
    ("choice", "must"),
    [
        ("required", True),
        ({"type": "function", "function": {"name": "look"}}, True),
        ({"type": "any"}, True),
        ("auto", False),
        ("none", False),
        (None, False),
        ({"type": "auto"}, False),
    ],
)
def test_a_call_that_must_be_made_is_a_need_of_its_own(choice: Any, must: bool) -> None:
    needs = ask_of(
        prompt_of(Text("hi"), tools=(Tool("look"),), tool_choice=choice), DEADLINE_MS
    ).needs
    assert needs == (("required_tools", "tools") if must else ("tools",))
