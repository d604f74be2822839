"""What a prompt becomes in a request on the Responses wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Citation,
    Document,
    Image,
    Message,
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
from homeport.adapters.openai.responses_write import (
    WIRE,
    NotWritable,
    only_here,
    only_said_here,
    write,
)
from homeport.adapters.providers import PROVIDERS, SERVERS
from support.asks import user
from support.recordings import for_each, load, recordings

OPENAI = PROVIDERS["openai"]


def body(prompt: Prompt, model: str = "gpt-4o", **options: Any) -> dict[str, Any]:
    options = {"dialect": OPENAI, "max_tokens": 50, **options}
    told: dict[str, Any] = json.loads(write(prompt, model=model, **options).body)
    return told


def items(*messages: Message, wire: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body(Prompt(messages, wire=wire))["input"]
    return found


def test_the_plain_request() -> None:
    assert body(user("hi")) == {
        "model": "gpt-4o",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "hi"}],
            }
        ],
        "stream": True,
        "max_output_tokens": 50,
        "store": False,
    }


def test_reasoning_is_asked_for_in_the_form_that_can_be_sent_back() -> None:
    assert body(user(), "gpt-5.2")["include"] == ["reasoning.encrypted_content"]
    logprobs = user(sampling=Sampling(logprobs=True, reasoning_effort="none"))
    told = body(logprobs, "gpt-5.2")
    assert told["include"] == ["message.output_text.logprobs", "reasoning.encrypted_content"]
    assert told["reasoning"] == {"effort": "none"}
    assert "include" not in body(user(), "gpt-4o")
    assert "store" not in body(user(), dialect=SERVERS["vllm"])


def test_every_input_part() -> None:
    parts = (
        Text("look"),
        Image(url="https://x/y.png", extras={"detail": "low"}),
        Image(data="QQ", media_type="image/jpeg"),
        Audio(data="QQ", media_type="audio/mpeg"),
        Document(data="QQ", media_type="application/pdf", name="a.pdf"),
        Document(url="https://x/y.pdf"),
        Document(file_id="file-1"),
        Document(text="words", name="n"),
    )
    assert items(Message("user", parts))[0]["content"] == [
        {"type": "input_text", "text": "look"},
        {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
        {"type": "input_image", "image_url": "data:image/jpeg;base64,QQ", "detail": "auto"},
        {"type": "input_audio", "input_audio": {"data": "QQ", "format": "mp3"}},
        {
            "type": "input_file",
            "file_data": "data:application/pdf;base64,QQ",
            "filename": "a.pdf",
        },
        {"type": "input_file", "file_url": "https://x/y.pdf"},
        {"type": "input_file", "file_id": "file-1"},
        {"type": "input_text", "text": "n:\nwords"},
    ]


def test_a_conversation_with_tools() -> None:
    image = Image(url="https://x/y.png")
    search = {"type": "web_search_call", "id": "ws"}
    note = {"type": "url_citation", "url": "u"}
    found = items(
        Message("developer", (Text("be"),)),
        Message(
            "assistant",
            (
                Thinking("so", redacted="zz", id="rs1"),
                Opaque(WIRE, search),
                Text("a", citations=(Citation(wire=WIRE, extras=note),)),
                Refusal("no"),
                ToolCall("c1", "f", "{}"),
                ToolCall("c2", "sh", "ls", {"type": "custom"}),
            ),
        ),
        Message("tool", (ToolResult("c1", "1", is_error=True),)),
        Message("tool", (ToolResult("c2", "2", extras={"type": "custom"}, attachments=(image,)),)),
        wire=WIRE,
    )
    assert found[1:] == [
        {
            "type": "reasoning",
            "id": "rs1",
            "summary": [{"type": "summary_text", "text": "so"}],
            "encrypted_content": "zz",
        },
        search,
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "a", "annotations": [note]},
                {"type": "refusal", "refusal": "no"},
            ],
        },
        {"type": "function_call", "arguments": "{}", "call_id": "c1", "name": "f"},
        {"type": "custom_tool_call", "input": "ls", "call_id": "c2", "name": "sh"},
        {"type": "function_call_output", "call_id": "c1", "output": "Error: 1"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c2",
            "output": [
                {"type": "input_text", "text": "2"},
                {"type": "input_image", "image_url": "https://x/y.png", "detail": "auto"},
            ],
        },
    ]


def test_reasoning_of_others_stays_behind() -> None:
    thoughts = (Thinking("hm"), Thinking("", "sig", redacted="x"), Text("a"))
    assert [item["type"] for item in items(Message("assistant", thoughts), wire=WIRE)] == [
        "message"
    ]
    foreign = Message("assistant", (Thinking("", redacted="x"), Text("a")))
    assert [item["type"] for item in items(foreign, wire="anthropic")] == ["message"]


def test_own_reasoning_is_known_by_whatever_wire_it_comes_back() -> None:
    sealed = Message("assistant", (Thinking("", redacted="gAAAAB1", id="rs1"), Text("a")))
    prompt = Prompt((sealed,), wire="openai-chat")
    assert only_said_here(prompt)
    assert body(prompt)["input"][0] == {
        "type": "reasoning",
        "id": "rs1",
        "summary": [],
        "encrypted_content": "gAAAAB1",
    }


def test_what_the_provider_keeps_is_named_at_the_top() -> None:
    kept = Opaque(WIRE, {"type": "conversation", "conversation": "conv_1"})
    told = body(Prompt((Message("system", (kept,)), Message("user", (Text("a"),))), wire=WIRE))
    assert told["conversation"] == "conv_1"
    assert len(told["input"]) == 1


def test_an_earlier_answer_that_the_provider_keeps_is_a_field_of_the_top() -> None:
    kept = Opaque(WIRE, {"type": "previous_response_id", "previous_response_id": "resp_1"})
    turns = (Message("system", (kept,)), Message("user", (Text("more"),)))
    told = body(Prompt(turns, wire=WIRE))
    assert told["previous_response_id"] == "resp_1"
    assert [item["role"] for item in told["input"]] == ["user"]


def test_tools() -> None:
    shape = {"type": "grammar", "syntax": "lark", "definition": "x"}
    chat = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}
    search = {"type": "web_search"}
    tools = (
        Tool("f", "d", {"type": "object"}),
        Tool("g", strict=True),
        Tool("sh", kind="custom", wire="openai-chat", extras={"custom": {"format": chat}}),
        Tool("web_search", kind="server", wire=WIRE, extras=search),
    )
    told = body(user(tools=tools, tool_choice="sh", parallel_tool_calls=False))
    assert told["tools"] == [
        {
            "type": "function",
            "name": "f",
            "description": "d",
            "parameters": {"type": "object"},
            "strict": False,
        },
        {"type": "function", "name": "g", "parameters": {}, "strict": True},
        {"type": "custom", "name": "sh", "format": shape},
        search,
    ]
    assert told["tool_choice"] == {"type": "custom", "name": "sh"}
    assert told["parallel_tool_calls"] is False
    nested = {"type": "function", "function": {"name": "f"}}
    chosen = body(user(tools=tools, tool_choice=nested))["tool_choice"]
    assert chosen == {"type": "function", "name": "f"}
    assert body(user(tools=tools, tool_choice="auto"))["tool_choice"] == "auto"


def test_shapes_and_knobs() -> None:
    schema = ResponseFormat("json_schema", {"type": "object"}, "n", True)
    assert body(user(response_format=schema))["text"]["format"] == {
        "type": "json_schema",
        "name": "n",
        "schema": {"type": "object"},
        "strict": True,
    }
    assert body(user(response_format=ResponseFormat("json")))["text"] == {
        "format": {"type": "json_object"}
    }
    sampling = Sampling(temperature=0.5, top_p=0.5, seed=1, stop=("x",), reasoning_budget=0)
    assert body(user(sampling=sampling))["temperature"] == 0.5
    written = write(user(sampling=sampling), model="o3", max_tokens=1, dialect=OPENAI)
    assert written.dropped == ("seed", "stop", "temperature", "top_p")
    assert json.loads(written.body)["max_output_tokens"] == 16


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt((Message("user", (Opaque("anthropic", {}),)),)),
        Prompt((Message("user", (Image(),)),)),
        Prompt((Message("user", (Audio(id="a"),)),)),
        Prompt((Message("assistant", (Image(url="u"),)),)),
        user(tools=(Tool("s", kind="server", wire="anthropic"),)),
    ],
)
def test_what_has_no_words_here(prompt: Prompt) -> None:
    with pytest.raises(NotWritable):
        body(prompt)


def test_what_is_said_by_this_wire_alone() -> None:
    assert only_said_here(user(tools=(Tool("s", kind="server", wire=WIRE),)))
    assert only_said_here(Prompt((Message("user", (Opaque(WIRE, {}),)),)))
    sealed = Message("assistant", (Thinking("", redacted="x"),))
    assert only_said_here(Prompt((sealed,), wire=WIRE))
    assert not only_said_here(Prompt((sealed,), wire="anthropic"))
    assert not only_said_here(user())


@pytest.mark.parametrize(
    ("model", "alone"),
    [("gpt-5.1-codex-max", True), ("gpt-5-pro", True), ("gpt-5.2", False), ("o3-pro", True)],
)
def test_models_that_only_this_wire_has(model: str, alone: bool) -> None:
    assert only_here(model) is alone


@for_each(recordings("openai-responses"))
def test_recorded_requests_arrive_unchanged(path: Path) -> None:
    asked = load(path)["request"]["body"]
    if not isinstance(asked, dict):
        return
    raw = json.dumps({**asked, "homeport": {"private": False}}).encode()
    prompt = Prompt((), wire=WIRE, raw=raw)
    told = body(prompt, "gpt-5")
    ours = ("model", "stream", "max_output_tokens", "store", "include", "homeport")
    assert {n: v for n, v in told.items() if n not in ours} == {
        n: v for n, v in asked.items() if n not in ours
    }
    assert told["store"] is bool(asked.get("store"))
    assert set(told.get("include", ())) >= set(asked.get("include") or ())
