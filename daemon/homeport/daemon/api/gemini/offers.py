"""What a prompt may do without, or say otherwise, where no model takes it as it is.

A program that offers `googleSearch` beside its own tools does not ask for a
search, and code that once ran at Google can be read as text. Where nobody that
may answer has such tools, the prompt is answered without them, and the answer
says so (`x-homeport-dropped`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from homeport.adapters.base import Message, Opaque, Part, Prompt, Text
from homeport.adapters.gemini.read import WIRE
from homeport.policies.errors import HomeportError, NothingAnswered

_OF_GOOGLES_TOOLS = frozenset({"toolCall", "toolResponse"})


class Lesser(NamedTuple):
    """A prompt that more models can answer."""

    prompt: Prompt
    left_out: list[str]


def lesser_of(prompt: Prompt, error: HomeportError) -> Lesser | None:
    """The prompt without what nobody took; None where that would not help, or loses a wish."""
    unable = any(veto.gate == "capability" for veto in error.vetoes)
    offered = [tool for tool in prompt.tools if tool.kind == "server"]
    is_free = prompt.tool_choice in (None, "auto")
    if not unable and not isinstance(error, NothingAnswered):
        return None
    left_out = [f"tools.{tool.name}" for tool in offered]
    messages = tuple(_in_words(message, left_out) for message in prompt.messages)
    if (offered and not is_free) or (not offered and messages == prompt.messages):
        return None
    kept = tuple(tool for tool in prompt.tools if tool.kind != "server")
    lesser = msgspec.structs.replace(prompt, messages=messages, tools=kept, raw=b"")
    return Lesser(lesser, left_out)


def _in_words(message: Message, left_out: list[str]) -> Message:
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
            left_out.append("contents.toolCall")
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
