"""Parts that only Gemini's wire has, in words that every model has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.adapters.base import Message, Opaque, Part, Text
from homeport.adapters.gemini.read import WIRE

_OF_GOOGLES_TOOLS = frozenset({"toolCall", "toolResponse"})


def in_other_words(messages: Sequence[Message]) -> tuple[tuple[Message, ...], list[str]]:
    """The messages, and the names of what is lost; what the user shows stays as it is."""
    lost: list[str] = []
    return tuple(_in_words(message, lost) for message in messages), lost


def _in_words(message: Message, lost: list[str]) -> Message:
    if message.role != "assistant" or not any(isinstance(p, Opaque) for p in message.parts):
        return message
    parts: list[Part] = []
    for part in message.parts:
        said = _said(part.value) if isinstance(part, Opaque) and part.wire == WIRE else None
        if said is None:
            parts.append(part)
        elif said:
            parts.append(Text(said))
        else:
            lost.append("contents.toolCall")
    return Message("assistant", tuple(parts), message.name, message.extras)


def _said(part: dict[str, Any]) -> str | None:
    """What a part says in words; empty for one that may be left out, None for one that may not."""
    names = part.keys() - {"thoughtSignature", "thought_signature"}
    if names <= _OF_GOOGLES_TOOLS:
        return ""
    code = part.get("executableCode") or part.get("executable_code")
    if isinstance(code, dict) and isinstance(code.get("code"), str):
        return f"\n```{str(code.get('language') or '').lower()}\n{code['code']}\n```\n"
    result = part.get("codeExecutionResult") or part.get("code_execution_result")
    if isinstance(result, dict):
        return f"\n```\n{result.get('output') or result.get('outcome') or ''}\n```\n"
    return None
