"""From `contents` and `systemInstruction` of Gemini's wire to messages."""

from __future__ import annotations

from typing import Any, Literal

from homeport.adapters.base import Message, Opaque, Text, ToolResult
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.parts import Calls, parts_of
from homeport.policies.errors import BadRequest

CACHED = "cachedContent"


def messages_of(request: Fields) -> tuple[Message, ...]:
    """All of them, the system's first. Raises `BadRequest`."""
    calls = Calls()
    turns = contents_of(request)
    if not turns:
        raise BadRequest(
            "`contents` is empty; send at least one.", code="missing_field", param="contents"
        )
    messages = _system(request, calls)
    for turn, at in turns:
        for message in _messages(Fields(turn, at), calls):
            _append(messages, message)
    return tuple(messages)


def _append(messages: list[Message], message: Message) -> None:
    """The SDKs keep each chunk of a streamed answer as a turn: together they are one."""
    before = messages[-1] if messages else None
    if before is None or before.role != "assistant" or message.role != "assistant":
        messages.append(message)
        return
    parts = list(before.parts)
    for part in message.parts:
        last = parts[-1] if parts else None
        if isinstance(part, Text) and isinstance(last, Text):
            parts[-1] = Text(last.text + part.text)
        elif part != Text(""):
            parts.append(part)
    messages[-1] = Message("assistant", tuple(parts))


def contents_of(request: Fields) -> list[tuple[dict[str, Any], str]]:
    """The turns with their places; a text counts as a turn of the user."""
    given = request.values.get("contents")
    if isinstance(given, str):
        return [({"parts": [{"text": given}]}, "contents")]
    return request.rows("contents")


def _system(request: Fields, calls: Calls) -> list[Message]:
    messages: list[Message] = []
    cached = request.text(CACHED)
    if cached:
        # Turns that only Gemini holds: no other model may answer as if there were none.
        messages.append(Message("system", (Opaque(WIRE, {CACHED: cached}),)))
    given = request.values.get("systemInstruction")
    if isinstance(given, str):
        parts: list[Any] = [Text(given)]
    elif isinstance(given, list):
        parts = parts_of(Fields({"parts": given}, "systemInstruction"), calls)
    else:
        content = request.table("systemInstruction")
        parts = parts_of(content, calls) if content is not None else []
    if parts:
        messages.append(Message("system", tuple(parts)))
    return messages


def _messages(turn: Fields, calls: Calls) -> list[Message]:
    """One turn; results of tools, which come in a user's turn, are messages of their own."""
    role = _role(turn)
    parts = parts_of(turn, calls)
    if role != "user":
        return [Message(role, tuple(parts))]
    messages: list[Message] = []
    for part in parts:
        of: Literal["tool", "user"] = "tool" if isinstance(part, ToolResult) else "user"
        if messages and messages[-1].role == of:
            messages[-1] = Message(of, (*messages[-1].parts, part))
        else:
            messages.append(Message(of, (part,)))
    return messages or [Message("user", ())]


def _role(turn: Fields) -> Literal["user", "assistant", "system"]:
    given = turn.text("role") or "user"
    if given in ("user", "function", "tool"):
        return "user"
    if given in ("model", "assistant"):
        return "assistant"
    if given == "system":
        return "system"
    raise turn.wrong("role", "`user` or `model`")
