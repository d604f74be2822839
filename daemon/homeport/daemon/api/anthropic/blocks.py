"""From content blocks of Anthropic's wire to parts, without losing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.anthropic.read import citation_of
from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Text,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.anthropic.request import Block, Turn
from homeport.daemon.api.anthropic.signatures import redacted_of, thinking_of
from homeport.policies.errors import BadRequest


def messages_of(turn: Turn, at: str) -> list[Message]:
    """One turn; results of tools, which come in a user's turn, are messages of their own."""
    parts = parts_of(turn.content, f"{at}.content")
    if turn.role != "user":
        return [Message(turn.role, tuple(parts))]
    messages: list[Message] = []
    for part in parts:
        role = "tool" if isinstance(part, ToolResult) else "user"
        if messages and messages[-1].role == role:
            messages[-1] = Message(messages[-1].role, (*messages[-1].parts, part))
        else:
            messages.append(Message("tool" if role == "tool" else "user", (part,)))
    return messages or [Message("user", ())]


def parts_of(content: str | Sequence[str | Block], at: str) -> list[Part]:
    """Content, which is text or blocks; `at` is its place in the request, for errors."""
    if isinstance(content, str):
        return [Text(content)] if content else []
    return [part_of(block, f"{at}.{i}") for i, block in enumerate(content)]


def part_of(block: Any, at: str) -> Part:
    """One block, or a string in the place of a text. Raises `BadRequest` for anything else."""
    if isinstance(block, str):
        return Text(block)
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str):
        raise BadRequest(f"`{at}.type` is missing.", code="missing_field", param=f"{at}.type")
    if kind == "text":
        return _text(block, at)
    if kind in ("image", "document"):
        return _image(block, at) if kind == "image" else _document(block, at)
    if kind == "tool_use":
        return _tool_use(block, at)
    if kind == "tool_result":
        return _tool_result(block, at)
    if kind == "thinking":
        rest = _rest(block, "thinking", "signature")
        return thinking_of(_string(block, "thinking", at), _optional(block, "signature"), rest)
    if kind == "redacted_thinking":
        return redacted_of(_string(block, "data", at), _rest(block, "data"))
    return Opaque(WIRE, block)


def _text(block: Block, at: str) -> Text:
    given = block.get("citations")
    cited = given if isinstance(given, list) else []
    citations = tuple(citation_of(value) for value in cited if isinstance(value, dict))
    return Text(_string(block, "text", at), _rest(block, "text", "citations"), citations)


def _image(block: Block, at: str) -> Image:
    source = _source(block, at)
    rest = _rest(block, "source")
    if source["type"] == "base64":
        media_type = _optional(source, "media_type")
        return Image(
            data=_string(source, "data", f"{at}.source"), media_type=media_type, extras=rest
        )
    if source["type"] == "url":
        return Image(url=_string(source, "url", f"{at}.source"), extras=rest)
    # Held by the provider: only its own wire can say it.
    return Image(extras={**rest, "source": source})


def _document(block: Block, at: str) -> Document:
    source = _source(block, at)
    rest = _rest(block, "source", "title")
    named: dict[str, Any] = {"name": _optional(block, "title"), "extras": rest}
    inside = f"{at}.source"
    if source["type"] == "base64":
        data, media_type = _string(source, "data", inside), _optional(source, "media_type")
        return Document(data=data, media_type=media_type, **named)
    if source["type"] == "text":
        return Document(text=_string(source, "data", inside), media_type="text/plain", **named)
    if source["type"] == "url":
        return Document(url=_string(source, "url", inside), **named)
    if source["type"] == "file":
        return Document(file_id=_string(source, "file_id", inside), **named)
    named["extras"] = {**rest, "source": source}
    return Document(text=_texts_in(source.get("content")), **named)


def _texts_in(content: Any) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _tool_use(block: Block, at: str) -> ToolCall:
    given = block.get("input")
    return ToolCall(
        id=_string(block, "id", at),
        name=_string(block, "name", at),
        arguments=msgspec.json.encode({} if given is None else given).decode(),
        extras=_rest(block, "id", "name", "input"),
    )


def _tool_result(block: Block, at: str) -> ToolResult:
    """Its text as one; how it was divided is kept for the same wire."""
    content = block.get("content")
    given = content if isinstance(content, (str, list)) else ""
    parts = parts_of(given, f"{at}.content")
    texts = [part.text for part in parts if isinstance(part, Text)]
    extras = _rest(block, "tool_use_id", "content", "is_error")
    if isinstance(given, list):
        extras["content"] = given
    return ToolResult(
        call_id=_string(block, "tool_use_id", at),
        text="\n".join(texts),
        is_error=block.get("is_error") is True,
        extras=extras,
        attachments=tuple(_attached(part) for part in parts if not isinstance(part, Text)),
    )


def _attached(part: Part) -> Image | Audio | Document | Opaque:
    if isinstance(part, (Image, Audio, Document, Opaque)):
        return part
    return Opaque(WIRE, {"type": "text", "text": getattr(part, "text", "")})


def _source(block: Block, at: str) -> Block:
    source = block.get("source")
    if not isinstance(source, dict) or not isinstance(source.get("type"), str):
        raise BadRequest(f"`{at}.source` must be an object with a `type`.", param=f"{at}.source")
    return source


def _rest(block: Block, *known: str) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "type" and name not in known}


def _string(block: Block, name: str, at: str) -> str:
    found = block.get(name)
    if not isinstance(found, str):
        raise BadRequest(f"`{at}.{name}` must be a string.", param=f"{at}.{name}")
    return found


def _optional(block: Block, name: str) -> str:
    found = block.get(name)
    return found if isinstance(found, str) else ""
