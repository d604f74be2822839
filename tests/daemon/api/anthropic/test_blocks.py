"""Content blocks as parts."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import (
    Citation,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.anthropic.blocks import messages_of, part_of
from homeport.daemon.api.anthropic.request import Turn
from homeport.policies.errors import BadRequest

MARK = {"type": "ephemeral"}
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
CUSTOM = {
    "type": "content",
    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("plain", Text("plain")),
        ({"type": "text", "text": "hi", "cache_control": MARK},
         Text("hi", {"cache_control": MARK})),
        ({"type": "text", "text": "hi", "citations": [{"type": "x", "cited_text": "q"}]},
         Text("hi", citations=(Citation(quote="q", wire="anthropic",
                                        extras={"type": "x", "cited_text": "q"}),))),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iV"}},
         Image(data="iV", media_type="image/png")),
        ({"type": "image", "source": {"type": "url", "url": "https://h"}}, Image(url="https://h")),
        ({"type": "image", "source": {"type": "file", "file_id": "f"}},
         Image(extras={"source": {"type": "file", "file_id": "f"}})),
        ({"type": "document", "source": PDF, "title": "t", "context": "c"},
         Document(data="JVBE", media_type="application/pdf", name="t", extras={"context": "c"})),
        ({"type": "document", "source": {"type": "text", "data": "words"}},
         Document(text="words", media_type="text/plain")),
        ({"type": "document", "source": {"type": "url", "url": "u"}}, Document(url="u")),
        ({"type": "document", "source": {"type": "file", "file_id": "f"}}, Document(file_id="f")),
        ({"type": "document", "source": CUSTOM}, Document(text="a\nb", extras={"source": CUSTOM})),
        ({"type": "tool_use", "id": "i", "name": "n", "input": {"a": 1}, "caller": MARK},
         ToolCall("i", "n", '{"a":1}', {"caller": MARK})),
        ({"type": "tool_use", "id": "i", "name": "n"}, ToolCall("i", "n", "{}")),
        ({"type": "tool_result", "tool_use_id": "i", "content": "out", "is_error": True},
         ToolResult("i", "out", is_error=True)),
        ({"type": "tool_result", "tool_use_id": "i"}, ToolResult("i", "")),
        ({"type": "thinking", "thinking": "hm", "signature": "s"}, Thinking("hm", "s")),
        ({"type": "thinking", "thinking": "hm"}, Thinking("hm")),
        ({"type": "thinking", "thinking": "hm", "signature": "homeport:echo:"},
         Thinking("hm", "", {"signed_by": "echo"})),
        ({"type": "thinking", "thinking": "", "signature": "homeport:gemini:gemini:x"},
         Thinking("", "gemini:x", {"signed_by": "gemini"})),
        ({"type": "redacted_thinking", "data": "xyz"}, Thinking("", redacted="xyz")),
        ({"type": "redacted_thinking", "data": "homeport:openai:abc"},
         Thinking("", redacted="abc", extras={"signed_by": "openai"})),
        ({"type": "search_result", "source": "s", "content": []},
         Opaque("anthropic", {"type": "search_result", "source": "s", "content": []})),
        ({"type": "server_tool_use", "id": "i"},
         Opaque("anthropic", {"type": "server_tool_use", "id": "i"})),
    ],
)  # fmt: skip
def test_each_kind(block: Any, part: Part) -> None:
    assert part_of(block, "at") == part


def test_a_result_of_blocks_keeps_how_it_was_divided() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "u"}}
    reference = {"type": "tool_reference", "tool_name": "f"}
    content = [{"type": "text", "text": "a"}, image, {"type": "text", "text": "b"}, reference]
    result = part_of({"type": "tool_result", "tool_use_id": "i", "content": content}, "at")
    assert result == ToolResult(
        "i", "a\nb", extras={"content": content},
        attachments=(Image(url="u"), Opaque("anthropic", reference)),
    )  # fmt: skip


@pytest.mark.parametrize("inner", [None, 1, [], {}])
def test_what_is_no_block_is_refused(inner: Any) -> None:
    with pytest.raises(BadRequest):
        part_of({"type": "tool_result", "tool_use_id": "i", "content": [inner]}, "at")


def test_what_may_not_be_attached_is_carried() -> None:
    odd = {"type": "tool_use", "id": "i", "name": "n"}
    result = part_of({"type": "tool_result", "tool_use_id": "i", "content": [odd]}, "at")
    assert isinstance(result, ToolResult)
    assert isinstance(result.attachments[0], Opaque)


def test_results_of_tools_are_messages_of_their_own() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "a", "content": "1"},
        {"type": "tool_result", "tool_use_id": "b", "content": "2"},
        {"type": "text", "text": "and"},
    ]
    messages = messages_of(Turn("user", content), "at")
    assert [message.role for message in messages] == ["tool", "user"]
    assert len(messages[0].parts) == 2
    assert messages_of(Turn("user", ""), "at") == [Message("user", ())]
    assert messages_of(Turn("system", "s"), "at") == [Message("system", (Text("s"),))]
