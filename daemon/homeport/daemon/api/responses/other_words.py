"""Items that only an upstream of this wire reads, in words that every model has.

| item | becomes |
|---|---|
| calls in `CALLED` and their outputs | a call of a tool, and its result |
| `agent_message` | a message of the user, with its author |
| `compaction`, `context_compaction` | a note that something stood here |
| those in `PASSED_OVER` | nothing: the answer they led to says what matters |

Every other one is needed and cannot be said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from homeport.adapters.base import Message, Opaque, Part, Text, ToolCall, ToolResult
from homeport.daemon.api.responses.request import WIRE

CALLED = ("apply_patch_call", "local_shell_call", "shell_call", "tool_search_call")
OUTPUT = "_output"
COMPACTED = ("compaction", "context_compaction")
NOTE = "[An earlier part of this conversation was compacted, and cannot be read here.]"
PASSED_OVER = (
    "code_interpreter_call",
    "compaction_trigger",
    "configuration_update",
    "file_search_call",
    "image_generation_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "program",
    "program_output",
    "web_search_call",
)
_NO_ARGUMENTS = ("type", "id", "call_id", "status", "created_by", "execution")


def in_other_words(messages: Iterable[Message]) -> tuple[tuple[Message, ...], list[str]] | None:
    """The messages, and the names of what is lost; None where there is no other way to say them."""
    said: list[Message] = []
    lost: list[str] = []
    for message in messages:
        for part in message.parts:
            kind = _kind(part)
            if kind in PASSED_OVER or kind in COMPACTED:
                lost.append(f"input.{kind}")
            elif kind is not None and _otherwise(part, kind) is None:
                return None
        said += _said(message)
    return tuple(said), list(dict.fromkeys(lost))


def _kind(part: Part) -> str | None:
    """Of an item that only this wire has."""
    return str(part.value.get("type")) if isinstance(part, Opaque) else None


def _said(message: Message) -> list[Message]:
    """A message, with what becomes a message of its own before it."""
    if not any(isinstance(part, Opaque) for part in message.parts):
        return [message]
    notes = [Message("user", (Text(NOTE),)) for part in message.parts if _kind(part) in COMPACTED]
    parts: list[Part] = []
    for part in message.parts:
        kind = _kind(part)
        if kind is None:
            parts.append(part)
        elif (other := _otherwise(part, kind)) is not None:
            parts.append(other)
    if not parts:
        return notes
    role = "tool" if all(isinstance(part, ToolResult) for part in parts) else message.role
    return [*notes, msgspec.structs.replace(message, role=role, parts=tuple(parts))]


def _otherwise(part: Part, kind: str) -> Part | None:
    if not isinstance(part, Opaque) or part.wire != WIRE:
        return None
    item, call_id = part.value, part.value.get("call_id") or part.value.get("id")
    if kind == "agent_message":
        return Text(f"From {item.get('author', 'another agent')}: {_words(item.get('content'))}")
    if kind in CALLED and isinstance(call_id, str):
        return ToolCall(call_id, kind.removesuffix("_call"), _arguments(item))
    if kind.removesuffix(OUTPUT) in CALLED and isinstance(call_id, str):
        return ToolResult(call_id, _words(item.get("output", item.get("tools"))))
    return None


def _arguments(item: dict[str, Any]) -> str:
    given = item.get("action", item.get("operation", item.get("arguments")))
    if not isinstance(given, dict):
        given = {name: value for name, value in item.items() if name not in _NO_ARGUMENTS}
    return msgspec.json.encode(given).decode()


def _words(content: Any) -> str:
    """Text as it is, texts of parts one after the other, anything else as JSON."""
    if isinstance(content, str):
        return content
    rows = content if isinstance(content, list) else []
    texts = [row.get("text") for row in rows if isinstance(row, dict)]
    if rows and all(isinstance(text, str) for text in texts) and len(texts) == len(rows):
        return "\n".join(map(str, texts))
    return msgspec.json.encode(content).decode()
