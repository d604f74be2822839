"""The parts of messages in an OpenAI chat completion request, in each server's dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Prompt,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.openai.write import NotWritable, write
from homeport.adapters.providers import PROVIDERS, SERVER
from support.asks import user

MARK = {"cache_control": {"type": "ephemeral"}}
PDF = Document(data="QUJD", media_type="application/pdf", name="a.pdf")


def body(prompt: Prompt, provider: str = "") -> dict[str, Any]:
    dialect = PROVIDERS.get(provider, SERVER)
    decoded: dict[str, Any] = json.loads(
        write(prompt, model="m", max_tokens=50, dialect=dialect).body
    )
    return decoded


def rows(*messages: Message, provider: str = "", wire: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body(Prompt(messages, wire=wire), provider)["messages"]
    return found


def test_marks_for_caches_go_where_they_are_known() -> None:
    message = Message("user", (Text("a", extras=MARK), Text("b")))
    marked = [{"type": "text", "text": "a", **MARK}, {"type": "text", "text": "b"}]
    assert rows(message, provider="openrouter")[0]["content"] == marked
    assert rows(message, provider="groq")[0]["content"] == "a\nb"
    tool = Tool("f", extras={**MARK, "x": 1})
    written = body(Prompt((message,), tools=(tool,)), "openrouter")
    assert written["tools"][0]["cache_control"] == MARK["cache_control"]


def test_sound_and_documents() -> None:
    parts = (Text("look"), Audio(data="QQ", media_type="audio/mpeg"), PDF)
    assert rows(Message("user", parts))[0]["content"] == [
        {"type": "text", "text": "look"},
        {"type": "input_audio", "input_audio": {"data": "QQ", "format": "mp3"}},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "a.pdf"},
        },
    ]
    by_id = rows(Message("user", (Document(file_id="file-1"),)))[0]["content"]
    assert by_id == [{"type": "file", "file": {"file_id": "file-1"}}]
    plain = rows(Message("user", (Document(text="words", name="n.txt"),)))[0]["content"]
    assert plain == [{"type": "text", "text": "n.txt:\nwords"}]
    said = rows(Message("assistant", (Text("x"), Audio(id="a1"))))[0]
    assert (said["audio"], said["content"]) == ({"id": "a1"}, "x")


def test_documents_by_address() -> None:
    message = Message("user", (Document(url="https://x/y.pdf"),))
    assert rows(message, provider="mistral")[0]["content"] == [
        {"type": "document_url", "document_url": "https://x/y.pdf"}
    ]
    file = {"file_data": "https://x/y.pdf", "filename": "document.pdf"}
    assert rows(message, provider="openrouter")[0]["content"] == [{"type": "file", "file": file}]
    with pytest.raises(NotWritable, match="address"):
        rows(message, provider="openai")


def test_what_tool_results_hold_beside_text_follows_the_last_of_them() -> None:
    image = Image(url="https://x/y.png")
    calls = Message("assistant", (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")))
    results = (
        ToolResult("a", "one", attachments=(image,)),
        ToolResult("b", "two", is_error=True),
        Text("now?"),
    )
    found = rows(calls, Message("user", results))
    assert [row["role"] for row in found] == ["assistant", "tool", "tool", "user", "user"]
    assert (found[1]["content"], found[2]["content"]) == ("one", "Error: two")
    assert found[3]["content"] == [
        {"type": "text", "text": "What the tool call a gave back:"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
    ]
    apart = rows(
        calls,
        Message("tool", (ToolResult("a", "one", attachments=(image,)),)),
        Message("tool", (ToolResult("b", "two"),)),
    )
    assert [row["role"] for row in apart] == ["assistant", "tool", "tool", "user"]


@pytest.mark.parametrize(
    ("provider", "row"),
    [
        ("deepseek", {"content": "hi", "reasoning_content": "hm"}),
        ("zai", {"content": "hi", "reasoning_content": "hm"}),
        ("groq", {"content": "hi", "reasoning": "hm"}),
        ("cerebras", {"content": "hi", "reasoning": "hm"}),
        ("openrouter", {"content": "hi", "reasoning": "hm"}),
        ("openai", {"content": "hi"}),
        (
            "mistral",
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "hi"},
                ]
            },
        ),
    ],
)
def test_earlier_reasoning(provider: str, row: dict[str, Any]) -> None:
    message = Message("assistant", (Thinking("hm"), Text("hi")))
    assert rows(message, provider=provider) == [{"role": "assistant", **row}]


def test_signed_reasoning_goes_back_whole() -> None:
    parts = (
        Thinking("hm", "sig", {"format": "anthropic-claude-v1"}),
        Thinking("", redacted="zzz", id="r1"),
        Thinking("so", extras={"type": "reasoning.summary", "index": 5}),
        Text("hi"),
    )
    (row,) = rows(Message("assistant", parts), provider="openrouter")
    assert row["reasoning_details"] == [
        {
            "format": "anthropic-claude-v1",
            "index": 0,
            "type": "reasoning.text",
            "text": "hm",
            "signature": "sig",
        },
        {"id": "r1", "index": 1, "type": "reasoning.encrypted", "data": "zzz"},
        {"type": "reasoning.summary", "index": 5, "summary": "so"},
    ]


def test_nothing_but_unwanted_reasoning_is_no_message() -> None:
    assert rows(Message("assistant", (Thinking("hm"),)), provider="openai") == []


def test_custom_tools() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: A"}
    tool = Tool("sh", "runs", kind="custom", wire="openai-responses", extras={"format": grammar})
    prompt = user(tools=(tool,), tool_choice="sh")
    written = body(prompt, "openai")
    inner = {"syntax": "lark", "definition": "start: A"}
    assert written["tools"] == [
        {
            "type": "custom",
            "custom": {
                "name": "sh",
                "description": "runs",
                "format": {"type": "grammar", "grammar": inner},
            },
        }
    ]
    assert written["tool_choice"] == {"type": "custom", "custom": {"name": "sh"}}
    with pytest.raises(NotWritable, match="free text"):
        body(prompt, "groq")
    call = ToolCall("c", "sh", "ls", {"type": "custom"})
    (row,) = rows(Message("assistant", (call,)), provider="openai")
    assert row["tool_calls"] == [
        {"type": "custom", "id": "c", "custom": {"name": "sh", "input": "ls"}}
    ]


def test_tools_of_providers() -> None:
    mine = Tool("web_search", kind="server", wire="openai-chat", extras={"type": "web_search"})
    assert body(user(tools=(mine,)), "openrouter")["tools"] == [{"type": "web_search"}]
    theirs = Tool("web_search", kind="server", wire="anthropic", extras={"type": "web_search_x"})
    with pytest.raises(NotWritable, match="another provider"):
        body(user(tools=(theirs,)), "openrouter")
