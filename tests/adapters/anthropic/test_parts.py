"""Parts of messages as content blocks."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.parts import NotWritable, block_of, input_of, safe_id
from homeport.adapters.base import (
    Audio,
    Citation,
    Document,
    Image,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

MARK = {"type": "ephemeral", "ttl": "1h"}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (Text("hi"), {"type": "text", "text": "hi"}),
        (Text(" \n"), None),
        (Text("hi", {"cache_control": MARK, "x": 1}),
         {"type": "text", "text": "hi", "cache_control": MARK}),
        (Refusal("no"), {"type": "text", "text": "no"}),
        (Thinking("hm", "sig"), None),
        (Image(url="https://h/i.png"),
         {"type": "image", "source": {"type": "url", "url": "https://h/i.png"}}),
        (Image(data="/9j/4A", media_type=""),
         {"type": "image",
          "source": {"type": "base64", "media_type": "image/jpeg", "data": "/9j/4A"}}),
        (Document(text="words", name="n"),
         {"type": "document", "title": "n",
          "source": {"type": "text", "media_type": "text/plain", "data": "words"}}),
        (Document(data="JVBE", media_type="application/pdf"),
         {"type": "document",
          "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}),
        (Document(data=base64.b64encode("wörds".encode()).decode(), media_type="text/csv"),
         {"type": "document",
          "source": {"type": "text", "media_type": "text/plain", "data": "wörds"}}),
        (Document(url="https://h/d.pdf"),
         {"type": "document", "source": {"type": "url", "url": "https://h/d.pdf"}}),
        (ToolCall("c1", "f", '{"a": 1}'),
         {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}),
        (ToolCall("c1", "f", "text", {"type": "custom"}),
         {"type": "tool_use", "id": "c1", "name": "f", "input": {"input": "text"}}),
        (ToolResult("c1", "out", is_error=True),
         {"type": "tool_result", "tool_use_id": "c1", "is_error": True, "content": "out"}),
        (ToolResult("c1", "out", attachments=(Image(url="https://h/i"),)),
         {"type": "tool_result", "tool_use_id": "c1", "content": [
             {"type": "text", "text": "out"},
             {"type": "image", "source": {"type": "url", "url": "https://h/i"}}]}),
    ],
)  # fmt: skip
def test_parts_of_another_wire(part: Part, block: Any) -> None:
    assert block_of(part, same_wire=False) == block


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (Text("hi", {"x": 1}), {"type": "text", "text": "hi", "x": 1}),
        (Text("hi", citations=(Citation(wire="anthropic", extras={"type": "char_location"}),
                               Citation(url="https://other"))),
         {"type": "text", "text": "hi", "citations": [{"type": "char_location"}]}),
        (Thinking("hm", "sig"), {"type": "thinking", "thinking": "hm", "signature": "sig"}),
        (Thinking("", redacted="xyz"), {"type": "redacted_thinking", "data": "xyz"}),
        (Thinking("hm"), None),
        (Thinking("hm", "gemini:sig"), None),
        (Thinking("hm", "sig", {"signed_by": "openrouter"}), None),
        (Thinking("", redacted="xyz", extras={"signed_by": "openai"}), None),
        (Document(file_id="file_1"),
         {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
        (Image(extras={"source": {"type": "file", "file_id": "f"}}),
         {"type": "image", "source": {"type": "file", "file_id": "f"}}),
        (Opaque("anthropic", {"type": "container_upload", "file_id": "f"}),
         {"type": "container_upload", "file_id": "f"}),
        (ToolResult("c1", "ab", extras={"content": [{"type": "text", "text": "a"}, 1]}),
         {"type": "tool_result", "tool_use_id": "c1",
          "content": [{"type": "text", "text": "a"}, 1]}),
    ],
)  # fmt: skip
def test_parts_of_the_same_wire(part: Part, block: Any) -> None:
    assert block_of(part, same_wire=True) == block


@pytest.mark.parametrize(
    ("part", "same_wire"),
    [
        (Audio(data="x"), True),
        (Opaque("openai-responses", {}), True),
        (Opaque("anthropic", {}), False),
        (Document(file_id="f"), False),
        (Document(), True),
        (Image(), True),
        (Document(data="!", media_type="text/plain"), False),
    ],
)
def test_what_cannot_be_said_is_refused(part: Part, same_wire: bool) -> None:
    with pytest.raises(NotWritable):
        block_of(part, same_wire=same_wire)


@given(st.text())
def test_ids_become_safe_and_stay_apart(call_id: str) -> None:
    safe = safe_id(call_id)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", safe)
    assert safe_id(safe) == safe
    assert safe_id(call_id + "!") != safe


@given(st.text())
def test_any_arguments_become_an_object(arguments: str) -> None:
    assert isinstance(input_of(arguments), dict)


def test_arguments_that_are_no_object_are_kept() -> None:
    assert input_of("[1]") == {"arguments": "[1]"}
    assert input_of("") == {}
