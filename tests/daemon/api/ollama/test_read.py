"""From the bodies of Ollama's wire to a `Prompt`."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import (
    Completion,
    Image,
    Message,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.ollama.read import Asked, read_chat, read_generate
from homeport.policies.errors import BadRequest

HI = [{"role": "user", "content": "hi"}]
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"0" * 20).decode()


def chat(**fields: Any) -> Asked:
    body = msgspec.json.encode({"model": "m", "messages": HI} | fields)
    return read_chat(body, {b"x-homeport-session": b"s"}, str.upper)


def generate(**fields: Any) -> Asked:
    return read_generate(msgspec.json.encode({"model": "m"} | fields), {}, str)


def test_the_least_that_can_be_asked() -> None:
    asked = chat()
    assert asked.prompt.messages == (Message("user", (Text("hi"),)),)
    assert asked.prompt.stream
    assert (asked.prompt.wire, asked.name, asked.prompt.labels.model) == ("ollama", "m", "M")
    assert asked.prompt.labels.session == "s"
    assert (asked.loads, asked.shows_thinking, asked.keep_alive_s) == (False, True, None)
    assert (asked.prompt.extras, asked.prompt.sampling) == ({}, Sampling())


def test_a_conversation_with_every_kind_of_part() -> None:
    messages = [
        {"role": "system", "content": "brief"},
        {"role": "user", "content": "look", "images": [JPEG, f"data:image/webp;base64,{JPEG}"]},
        {
            "role": "assistant", "content": "", "thinking": "hm",
            "tool_calls": [
                {"function": {"name": "f", "arguments": {"a": 1}}},
                {"id": "own", "function": {"name": "g", "arguments": '{"b":2}'}},
                {"function": {"name": "f"}},
            ],
        },
        {"role": "tool", "tool_name": "g", "content": "gee"},
        {"role": "tool", "tool_name": "f", "content": "one", "images": [JPEG]},
        {"role": "tool", "content": "two"},
        {"role": "tool", "tool_call_id": "stray", "content": "x"},
    ]  # fmt: skip
    image = Image(data=JPEG, media_type="image/jpeg")
    assert chat(messages=messages).prompt.messages == (
        Message("system", (Text("brief"),)),
        Message("user", (Text("look"), image, Image(data=JPEG, media_type="image/webp"))),
        Message(
            "assistant",
            (
                Thinking("hm"),
                ToolCall("call_0", "f", '{"a":1}'),
                ToolCall("own", "g", '{"b":2}'),
                ToolCall("call_2", "f", "{}"),
            ),
        ),
        Message("tool", (ToolResult("own", "gee"),), name="g"),
        Message("tool", (ToolResult("call_0", "one", attachments=(image,)),), name="f"),
        Message("tool", (ToolResult("call_2", "two"),)),
        Message("tool", (ToolResult("stray", "x"),)),
    )


def test_options() -> None:
    options = {
        "temperature": 0.5, "top_k": 40.0, "top_p": 0.9, "min_p": 0.1, "seed": 7, "stop": ["a", ""],
        "num_predict": 5, "repeat_penalty": 1.1, "presence_penalty": 1, "frequency_penalty": 0.5,
        "num_ctx": 4096, "mirostat": 2,
    }  # fmt: skip
    prompt = chat(options=options, logprobs=True, top_logprobs=3, later=[1]).prompt
    assert prompt.sampling == Sampling(
        temperature=0.5, top_k=40, top_p=0.9, min_p=0.1, seed=7, stop=("a",), max_tokens=5,
        repeat_penalty=1.1, presence_penalty=1, frequency_penalty=0.5, logprobs=True,
        top_logprobs=3,
    )  # fmt: skip
    assert prompt.extras == {"options": {"num_ctx": 4096, "mirostat": 2}, "later": [1]}
    assert chat(options={"stop": "x"}).prompt.sampling.stop == ("x",)


@pytest.mark.parametrize("number", [-2, -1, 0])
def test_no_bound_leaves_it_to_the_daemon(number: int) -> None:
    assert chat(options={"num_predict": number}).prompt.sampling.max_tokens is None


@pytest.mark.parametrize(
    ("think", "effort", "budget"),
    [
        (None, None, None), (True, "medium", None), (False, None, 0), ("low", "low", None),
        ("max", "high", None), ("", None, None),
    ],
)  # fmt: skip
def test_thinking(think: Any, effort: str | None, budget: int | None) -> None:
    asked = chat(think=think)
    sampling = asked.prompt.sampling
    assert (sampling.reasoning_effort, sampling.reasoning_budget) == (effort, budget)
    assert asked.shows_thinking is (think is not False)


def test_formats_and_tools() -> None:
    assert chat(format="json").prompt.response_format == ResponseFormat("json")
    assert chat(format="").prompt.response_format == ResponseFormat()
    schema = {"type": "object"}
    assert chat(format=schema).prompt.response_format == ResponseFormat("json_schema", schema)
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    assert chat(tools=[tool]).prompt.tools == (Tool("f", "", schema),)


def test_the_body_goes_along_unless_it_holds_what_is_ours_alone() -> None:
    assert b'"content":"hi"' in chat().prompt.raw
    assert chat(messages=[{"role": "developer", "content": "x"}]).prompt.raw == b""
    image = f"data:image/jpeg;base64,{JPEG}"
    assert chat(messages=[{"role": "user", "images": [image]}]).prompt.raw == b""


def test_wishes() -> None:
    asked = chat(homeport={"privacy": "private", "policy": "cheapest"}, stream=False)
    assert (asked.prompt.labels.private, asked.prompt.labels.policy) == (True, "cheapest")
    assert not asked.prompt.stream
    assert asked.prompt.extras == {}


def test_raw_text_and_what_stands_before_a_suffix() -> None:
    assert generate(prompt="x", raw=True).prompt.completion == Completion("x")
    assert generate(prompt="x", suffix="y").prompt.completion == Completion("x", suffix="y")
    plain = generate(prompt="x", system="s", images=[JPEG]).prompt
    assert plain.completion is None
    assert [len(message.parts) for message in plain.messages] == [1, 2]


def test_nothing_asked_is_an_order_to_load() -> None:
    assert generate().loads
    assert generate(system="s").loads
    assert chat(messages=[]).loads
    assert chat(messages=None, keep_alive="0").keep_alive_s == 0
    assert not generate(images=[JPEG]).loads
    assert not generate(suffix="x").loads


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": " "}, "model"),
        ({"messages": [{"role": "wizard"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "images": ["no base64!"]}]}, "messages[0].images[0]"),
        ({"messages": [{"role": "user", "images": ["é"]}]}, "messages[0].images[0]"),
        ({"options": {"temperature": "hot"}}, "options.temperature"),
        ({"options": {"stop": ["x"] * 65}}, "options.stop"),
        ({"format": "yaml"}, "format"),
        ({"think": "hard"}, "think"),
        ({"keep_alive": "a while"}, "keep_alive"),
        ({"top_logprobs": 21}, "top_logprobs"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"model": "m" * 999}, "model"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        chat(**fields)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"context": [1]}, "context"),
        ({"template": "{{ .Prompt }}"}, "template"),
        ({"raw": True, "system": "s"}, "system"),
        ({"suffix": "x", "system": "s"}, "system"),
        ({"suffix": "x", "images": [JPEG]}, "images"),
    ],
)
def test_what_is_not_taken_is_refused_with_a_way_out(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest, match="is not taken here:") as caught:
        generate(prompt="x", **fields)
    assert (caught.value.code, caught.value.param) == ("unsupported_field", param)
    assert generate(prompt="x", context=[], template="").prompt.completion is None
