"""From OpenAI's chat wire to a `Prompt`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Opaque,
    Prompt,
    Refusal,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.openai.chat_read import read
from homeport.policies.errors import BadRequest
from support.recordings import WIRE

RECORDED = sorted(WIRE.glob("*-chat/*.json"))
USER = {"role": "user", "content": "hi"}


def prompt_of(**body: Any) -> Prompt:
    return read(json.dumps({"messages": [USER]} | body).encode(), {})[0]


def fault(body: Any) -> BadRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BadRequest) as caught:
        read(raw, {})
    return caught.value


def test_the_least_there_can_be() -> None:
    prompt = prompt_of()
    assert prompt.labels.model == "auto"
    assert prompt.messages[0].text == "hi"
    assert (prompt.stream, prompt.extras, prompt.tools) == (False, {}, ())


def test_every_role_keeps_its_parts() -> None:
    prompt = prompt_of(
        messages=[
            {"role": "system", "content": [{"type": "text", "text": "a", "cache_control": {}}]},
            {"role": "developer", "content": "b", "name": "dev"},
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "hmm",
                "refusal": "no",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
        ]
    )
    system, developer, assistant, tool = prompt.messages
    assert system.parts == (Text("a", {"cache_control": {}}),)
    assert (developer.role, developer.name) == ("developer", "dev")
    assert assistant.parts == (Thinking("hmm"), Refusal("no"), ToolCall("c1", "f", "{}"))
    assert tool.parts == (ToolResult("c1", "42"),)


def test_every_kind_of_part() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}}
    content = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
        {"type": "image_url", "image_url": "https://x/z.png"},
        audio,
    ]
    parts = prompt_of(messages=[{"role": "user", "content": content}]).messages[0].parts
    assert parts == (
        Text("look"),
        Image(url="https://x/y.png", extras={"detail": "low"}),
        Image(data="QUJD", media_type="image/png"),
        Image(url="https://x/z.png"),
        Audio(data="QQ==", media_type="audio/wav"),
    )


@pytest.mark.parametrize(
    ("part", "read_as"),
    [
        (
            {
                "type": "file",
                "file": {"file_data": "data:application/pdf;base64,QQ", "filename": "a"},
            },
            Document(data="QQ", media_type="application/pdf", name="a"),
        ),
        ({"type": "file", "file": {"file_id": "f1"}}, Document(file_id="f1")),
        ({"type": "file", "file": {"file_data": "https://x/y"}}, Document(url="https://x/y")),
        ({"type": "file", "file": {"file_data": "QQ"}}, Document(data="QQ")),
        ({"type": "document_url", "document_url": "https://x"}, Document(url="https://x")),
        ({"type": "video_url", "video_url": {"url": "u"}}, None),
        ({"type": "input_audio", "input_audio": {}}, None),
        ({"type": "file", "file": {}}, None),
        ({"type": "file"}, None),
    ],
)
def test_parts_that_are_rare(part: dict[str, Any], read_as: Document | None) -> None:
    (found,) = prompt_of(messages=[{"role": "user", "content": [part]}]).messages[0].parts
    assert found == (read_as or Opaque("openai-chat", part))


def test_reasoning_by_block() -> None:
    details = [
        {"type": "reasoning.text", "text": "hm", "signature": "s", "format": "x", "index": 0},
        {"type": "reasoning.encrypted", "data": "zz", "id": "r1"},
        {"type": "reasoning.summary", "summary": "so"},
        "strange",
    ]
    message = {"role": "assistant", "content": "a", "reasoning": "hm", "reasoning_details": details}
    *thoughts, text = prompt_of(messages=[message]).messages[0].parts
    assert thoughts == [
        Thinking("hm", "s", {"type": "reasoning.text", "format": "x", "index": 0}),
        Thinking("", extras={"type": "reasoning.encrypted"}, redacted="zz", id="r1"),
        Thinking("so", extras={"type": "reasoning.summary"}),
    ]
    assert text == Text("a")


def test_fields_of_a_message_without_a_noun_are_carried() -> None:
    messages = [USER, {"role": "assistant", "content": "a", "prefix": True, "x": {"y": [1]}}]
    prompt = prompt_of(messages=messages)
    assert prompt.messages[0].extras == {}
    assert prompt.messages[1].extras == {"prefix": True, "x": {"y": [1]}}
    said = prompt_of(messages=[{"role": "assistant", "content": "a", "audio": {"id": "s1"}}])
    assert said.messages[0].parts == (Text("a"), Audio(id="s1"))


def test_tools_of_other_kinds() -> None:
    custom = {"type": "custom", "custom": {"name": "sh", "description": "runs"}}
    search = {"type": "web_search", "max": 1}
    one, two = prompt_of(tools=[custom, search]).tools
    assert one == Tool("sh", "runs", extras=custom, kind="custom", wire="openai-chat")
    assert two == Tool("web_search", extras=search, kind="server", wire="openai-chat")


def test_the_bytes_are_kept() -> None:
    raw = b'{"messages":[{"role":"user","content":"a"}], "min_p": 0.5,"repeat_penalty":1.5}'
    prompt, _ = read(raw, {})
    assert prompt.raw == raw
    assert (prompt.sampling.min_p, prompt.sampling.repeat_penalty) == (0.5, 1.5)


def test_rarer_forms_are_read_too() -> None:
    custom = {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    called = {"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}
    prompt = prompt_of(
        messages=[
            {"role": "assistant", "content": "", "tool_calls": [called, custom]},
            {"role": "function", "name": "f", "content": "42"},
            {"role": "assistant", "content": [
                "plain",
                {"type": "refusal", "refusal": "no"},
                {"type": "thinking", "thinking": "hmm"},
                {"type": "thinking", "thinking": []},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": [
                {"type": "image_url", "image_url": {"url": "https://x/y"}},
                {"type": "text", "text": "seen"},
            ]},
        ]
    )  # fmt: skip
    calls, result, answer, tool = prompt.messages
    assert calls.parts == (
        ToolCall("c1", "f", '{"a":1}'),
        ToolCall("c2", "sql", "select 1", {"type": "custom"}),
    )
    assert (result.role, result.parts) == ("tool", (ToolResult("f", "42"),))
    assert answer.parts == (Text("plain"), Refusal("no"), Thinking("hmm"), Thinking(""))
    assert tool.parts == (ToolResult("c1", "seen", attachments=(Image(url="https://x/y"),)),)


@pytest.mark.parametrize(
    "part",
    [{"type": "image_url"}, {"type": "image_url", "image_url": {}}, {"type": "refusal"}, {"x": 1}],
)
def test_a_part_that_is_not_whole_is_named(part: dict[str, Any]) -> None:
    error = fault({"messages": [{"role": "user", "content": [part]}]})
    assert (error.param or "").startswith("messages[0].content[0].")


def test_too_many_stops_are_refused() -> None:
    assert fault({"messages": [USER], "stop": list(map(str, range(70)))}).param == "stop"


def test_tools_and_their_choice() -> None:
    function = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
    prompt = prompt_of(
        tools=[{"type": "function", "function": function}, {"type": "web", "parameters": {}}],
        tool_choice={"type": "function", "function": {"name": "f"}},
        parallel_tool_calls=False,
    )
    assert (prompt.tools[0].name, prompt.tools[0].strict) == ("f", True)
    assert prompt.tools[1].extras == {"type": "web", "parameters": {}}
    assert prompt.tool_choice == {"type": "function", "function": {"name": "f"}}
    assert prompt.parallel_tool_calls is False


def test_the_shape_of_the_answer() -> None:
    schema = {"name": "City", "schema": {"type": "object"}, "strict": True}
    wanted = prompt_of(response_format={"type": "json_schema", "json_schema": schema})
    assert wanted.response_format.schema == {"type": "object"}
    assert prompt_of(response_format={"type": "json_object"}).response_format.kind == "json"
    shaped = prompt_of(response_format={"type": "json_object", "schema": {"type": "object"}})
    assert shaped.response_format == ResponseFormat("json_schema", {"type": "object"})
    assert prompt_of(response_format={"type": "text"}).response_format.kind == "text"


@pytest.mark.parametrize(("stop", "stops"), [("a", ("a",)), (["a", "b"], ("a", "b")), (None, ())])
def test_stop_is_one_or_many(stop: Any, stops: tuple[str, ...]) -> None:
    assert prompt_of(stop=stop).sampling.stop == stops


def test_sampling() -> None:
    sampling = prompt_of(
        max_tokens=5, temperature=0.5, top_p=1, seed=7, presence_penalty=1, frequency_penalty=-1,
        logprobs=True, top_logprobs=3, reasoning_effort="low", n=1,
    ).sampling  # fmt: skip
    assert (sampling.max_tokens, sampling.temperature, sampling.seed) == (5, 0.5, 7)
    assert (sampling.logprobs, sampling.top_logprobs) == (True, 3)
    assert prompt_of(max_completion_tokens=9, max_tokens=5).sampling.max_tokens == 9
    assert prompt_of(max_tokens=-1, top_k=-1).sampling == Sampling()
    assert prompt_of(top_k=0).sampling.top_k == 0


def test_fields_without_a_noun_are_carried() -> None:
    assert prompt_of(user="u", logit_bias={"1": 2}, service_tier=None).extras == {
        "user": "u",
        "logit_bias": {"1": 2},
        "service_tier": None,
    }


def test_usage_is_sent_where_it_was_asked_for() -> None:
    body = {"messages": [USER], "stream": True, "stream_options": {"include_usage": True}}
    assert read(json.dumps(body).encode(), {})[1] is True


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]},
         "messages[0].content[0].text"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "assistant", "tool_calls": [{}]}]},
         "messages[0].tool_calls[0].function"),
        ({"messages": [USER], "temperature": "hot"}, "temperature"),
        ({"messages": [USER], "max_tokens": 0}, "max_tokens"),
        ({"messages": [USER], "max_tokens": -2}, "max_tokens"),
        ({"messages": [USER], "max_completion_tokens": 0}, "max_completion_tokens"),
        ({"messages": [USER], "seed": 10**30}, "seed"),
        ({"messages": [USER], "n": 2}, "n"),
        ({"messages": [USER], "tools": [{"type": "function"}]}, "tools[0].function"),
        ({"messages": [USER], "functions": [{"name": "f"}]}, "functions"),
        ({"messages": [USER], "response_format": {"type": "json_schema"}},
         "response_format.json_schema.schema"),
        ({"messages": [USER], "homeport": {"polcy": "x"}}, "homeport.polcy"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    error = fault(body)
    assert error.param == param
    assert param.rpartition(".")[2] in error.sentence


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"nul",
        b'{"messages":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"messages":[{"role":"user","content":"x"}],"x\xff":1}',
        b"[" * 100_000,
        b'{"messages":[{"role":"user","content":"x"}],"x":' + b"[" * 300 + b"]" * 300 + b"}",
    ],
    ids=range(10),
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert fault(body).status == 400


@pytest.mark.parametrize("number", ["1e999", "1" * 5000])
@pytest.mark.parametrize("field", ["x", "tools", "tool_choice"])
def test_a_number_that_cannot_be_read_is_refused(number: str, field: str) -> None:
    start = '{"messages":[{"role":"user","content":"hi"}],'
    assert fault(f'{start}"{field}":[{{"y":{number}}}]}}'.encode()).status == 400


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(BadRequest):
        read(body, {})


@pytest.mark.skipif(not RECORDED, reason="the recorded exchanges are not here")
def test_every_recorded_request_is_accepted() -> None:
    accepted = 0
    for path in RECORDED:
        body = json.loads(path.read_text(encoding="utf-8"))["request"]["body"]
        if body.get("n") not in (None, 1):
            continue
        prompt, _ = read(json.dumps(body).encode(), {})
        assert len(prompt.messages) == len(body["messages"]), path.name
        assert len(prompt.tools) == len(body.get("tools") or ()), path.name
        accepted += 1
    assert accepted > 200
