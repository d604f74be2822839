"""Bodies of requests: the caller's own bytes, or written anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.write import NotWritable, count_body, write
from homeport.adapters.base import (
    Labels,
    Message,
    Opaque,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    ToolCall,
)
from support.asks import user

OLD, NEW = "claude-sonnet-4-5", "claude-opus-4-8"
RAW = (
    b'{ "model": "claude-sonnet-4-5", "homeport": {"policy": "balanced"},"max_tokens":50,'
    b' "messages": [ {"role":"user" , "content": "h\\u0069"} ], "later_field": {"a" :1} }'
)


def own(raw: bytes = RAW, model: str = OLD, **fields: Any) -> Prompt:
    prompt = {"raw": raw, "wire": "anthropic", "labels": Labels(model=model)}
    messages = (Message("user", (Text("hi"),)),)
    fields = {"messages": messages, "sampling": Sampling(max_tokens=50)} | fields
    return Prompt(**(prompt | fields))


def written(prompt: Prompt, model: str = OLD, max_tokens: int = 4096, prefix: str = "") -> Any:
    return write(prompt, model=model, max_tokens=max_tokens, traits=traits_of(model), prefix=prefix)


def body(prompt: Prompt, model: str = OLD, **options: Any) -> Any:
    return json.loads(written(prompt, model, **options).body)


def test_own_bytes_are_patched_at_the_top_alone() -> None:
    made = written(own())
    assert made.raw
    assert b'[ {"role":"user" , "content": "h\\u0069"} ]' in made.body
    assert b'{"a" :1}' in made.body
    assert list(json.loads(made.body)) == [
        "model",
        "max_tokens",
        "messages",
        "later_field",
        "stream",
    ]
    assert json.loads(made.body)["max_tokens"] == 50
    assert json.loads(made.body)["stream"] is True


def test_the_bound_of_the_answer_is_put_in_where_it_is_lower() -> None:
    assert body(own(), max_tokens=20)["max_tokens"] == 20
    assert body(own(sampling=Sampling()))["max_tokens"] == 4096


@pytest.mark.parametrize(
    "fields",
    [
        {"sampling": Sampling(temperature=0.5, max_tokens=50)},
        {"extras": {"thinking": {"type": "enabled", "budget_tokens": 2048}}},
        {"messages": (Message("user", (Text("q"),)), Message("assistant", (Text("{"),)))},
    ],
)
def test_another_model_that_would_refuse_the_bytes_gets_new_ones(fields: Any) -> None:
    prompt = own(**fields)
    assert written(prompt, OLD).raw
    assert written(own(model=NEW, **fields), NEW).raw  # asked for by name: its own to judge
    try:
        assert not written(prompt, NEW).raw
    except NotWritable:
        assert "messages" in fields


@pytest.mark.parametrize(
    "messages",
    [
        (Message("user", (Text("q"),)), Message("assistant", (Thinking("hm"), Text("a")))),
        (Message("assistant", (ToolCall("not safe!", "f", "{}"),)),),
        (Message("assistant", (ToolCall("c", "f", "{}", {"thoughtSignature": "not safe!"}),)),),
    ],
)
def test_marks_of_other_models_never_go_out_in_the_callers_bytes(messages: Any) -> None:
    made = written(own(messages=messages))
    assert not made.raw
    assert b"thinking" not in made.body
    assert b"not safe!" not in made.body


def test_calls_without_reasoning_switch_a_budget_off() -> None:
    messages = (
        Message("user", (Text("q"),)),
        Message("assistant", (ToolCall("c", "f", "{}"),)),
        Message("user", (Text("on"),)),
    )
    thinking = {"type": "enabled", "budget_tokens": 2048}
    sampling = Sampling(max_tokens=4000, reasoning_budget=2048)
    made = written(own(messages=messages, extras={"thinking": thinking}, sampling=sampling))
    assert not made.raw
    assert "thinking" not in json.loads(made.body)
    assert made.dropped == ("reasoning_budget",)


def test_a_budget_above_a_lowered_bound_is_written_anew() -> None:
    thinking = {"type": "enabled", "budget_tokens": 30_000}
    sampling = Sampling(max_tokens=32_000, reasoning_budget=30_000)
    made = written(own(extras={"thinking": thinking}, sampling=sampling), max_tokens=8192)
    assert not made.raw
    assert json.loads(made.body)["thinking"]["budget_tokens"] == 8191


def test_an_answer_that_is_gone_on_from_is_never_the_callers_bytes() -> None:
    made = written(own(), prefix="So ")
    assert not made.raw
    assert json.loads(made.body)["messages"][-1] == {
        "role": "assistant", "content": [{"type": "text", "text": "So"}],
    }  # fmt: skip
    assert made.tail == " "


def test_a_prompt_of_another_wire() -> None:
    prompt = Prompt(
        (Message("system", (Text("s"),)), Message("user", (Text("q"),))),
        wire="openai-chat",
        extras={"user": "someone", "verbosity": "low"},
        response_format=ResponseFormat("json"),
        sampling=Sampling(temperature=0.5, seed=1),
    )
    made = written(prompt)
    fields = json.loads(made.body)
    assert set(fields) == {"model", "max_tokens", "messages", "stream", "system", "temperature"}
    assert fields["system"][0]["text"] == "s"
    assert "JSON" in fields["system"][1]["text"]
    assert made.dropped == ("seed",)


def test_own_fields_are_carried_where_it_is_written_anew() -> None:
    extras = {
        "metadata": {"user_id": "u"}, "context_management": {"edits": []},
        "output_config": {"effort": "high", "task_budget": {"total": 9}},
        "thinking": {"type": "adaptive", "display": "omitted"},
    }  # fmt: skip
    prompt = own(b"", NEW, extras=extras, sampling=Sampling(reasoning_effort="high"))
    fields = body(prompt, NEW)
    assert fields["metadata"] == {"user_id": "u"}
    assert fields["context_management"] == {"edits": []}
    assert fields["output_config"] == {"task_budget": {"total": 9}, "effort": "high"}
    assert fields["thinking"] == {"display": "omitted", "type": "adaptive"}


def test_a_schema_beside_an_effort() -> None:
    wanted = ResponseFormat("json_schema", {"type": "object"})
    fields = body(user(response_format=wanted, sampling=Sampling(reasoning_effort="low")), NEW)
    assert set(fields["output_config"]) == {"format", "effort"}


def test_what_cannot_be_written() -> None:
    with pytest.raises(NotWritable):
        written(Prompt((Message("user", (Opaque("openai-responses", {}),)),)))


def test_the_body_of_a_count() -> None:
    counted = json.loads(count_body(own(), model=OLD, traits=traits_of(OLD)))
    assert set(counted) == {"model", "messages", "later_field"}
