"""Tokens and reasons as Gemini's wire tells them."""

from __future__ import annotations

from typing import Any, Final

from homeport.adapters.base import Finish, Usage
from homeport.adapters.gemini.read import WIRE

_REASONS: Final = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
}


def finish_reason(finish: Finish) -> str:
    """Why it ended, in this wire's own word where it came by it."""
    own = finish.wire == WIRE and finish.raw_reason
    return finish.raw_reason if own else _REASONS[finish.reason]


def usage_metadata(finish: Finish) -> dict[str, Any]:
    """The server's own record where it is of this wire; an unknown count is left out."""
    if finish.wire == WIRE and finish.usage.extras:
        return finish.usage.extras
    return counted(finish.usage)


def counted(usage: Usage) -> dict[str, Any]:
    """Reasoning is counted beside the answer on this wire, not in it."""
    told = {
        "promptTokenCount": usage.input,
        "cachedContentTokenCount": usage.cache_read,
        "candidatesTokenCount": _beside_reasoning(usage),
        "thoughtsTokenCount": usage.reasoning,
        "totalTokenCount": _total(usage),
        "promptTokensDetails": _sound(usage.input_audio),
        "candidatesTokensDetails": _sound(usage.output_audio),
    }
    return {name: count for name, count in told.items() if count is not None}


def _sound(count: int | None) -> list[dict[str, Any]] | None:
    return [{"modality": "AUDIO", "tokenCount": count}] if count else None


def _beside_reasoning(usage: Usage) -> int | None:
    return None if usage.output is None else max(0, usage.output - (usage.reasoning or 0))


def _total(usage: Usage) -> int | None:
    if usage.input is None or usage.output is None:
        return None
    return usage.input + usage.output
