"""The `response` object: what was asked for, how it stands, and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.adapters.base import Finish, Usage
from homeport.daemon.api.responses.read import Asked

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponseObject:
    """Makes the object of one answer, as often as an event needs it."""

    def __init__(self, asked: Asked, created: int, *, store: bool) -> None:
        self._asked = asked
        self._created = created
        self.store = store
        self._told = _told(asked)

    def standing(
        self, response_id: str, model: str, status: str, output: Sequence[dict[str, Any]] = ()
    ) -> dict[str, Any]:
        """Of an answer that is not whole, with what is told of it."""
        return self._object(response_id, model, status, list(output))

    def ended(
        self, response_id: str, model: str, output: list[dict[str, Any]], finish: Finish
    ) -> dict[str, Any]:
        """With the whole answer, or as much of it as there is."""
        why = INCOMPLETE.get(finish.reason)
        made = self._object(response_id, model, "incomplete" if why else "completed", output)
        made["incomplete_details"] = {"reason": why} if why else None
        made["usage"] = usage_object(finish.usage)
        return made

    def failed(
        self, response_id: str, model: str, output: list[dict[str, Any]], code: str, message: str
    ) -> dict[str, Any]:
        """With what was said until it broke."""
        made = self._object(response_id, model, "failed", output)
        made["error"] = {"code": code, "message": message}
        return made

    def _object(
        self, response_id: str, model: str, status: str, output: list[dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            "id": response_id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "background": bool(self._asked.request.background),
            "error": None,
            "incomplete_details": None,
            "model": model,
            "output": output,
            "store": self.store,
            "usage": None,
            **self._told,
        }


def _told(asked: Asked) -> dict[str, Any]:
    """What the request said, or what stands for what it did not say."""
    request, fields = asked.request, asked.fields
    reasoning, text = request.reasoning, request.text
    nothing = msgspec.Raw(b"[]")
    plain = {"type": "text"}
    return {
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "max_tool_calls": request.max_tool_calls,
        "metadata": request.metadata or {},
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": request.previous_response_id,
        "prompt_cache_key": request.prompt_cache_key,
        "reasoning": {
            "effort": reasoning.effort if reasoning else None,
            "summary": asked.summary,
        },
        "safety_identifier": request.safety_identifier,
        "service_tier": request.service_tier,
        "temperature": request.temperature,
        "text": {
            "format": _shape(text.format) if text and text.format else plain,
            **({"verbosity": text.verbosity} if text and text.verbosity else {}),
        },
        "tool_choice": fields.get("tool_choice", "auto"),
        "tools": fields.get("tools", nothing),
        "top_logprobs": request.top_logprobs or 0,
        "top_p": request.top_p,
        "truncation": request.truncation or "disabled",
        "user": request.user,
    }


def _shape(wanted: Any) -> dict[str, Any]:
    shape = msgspec.to_builtins(wanted)
    return {name: value for name, value in shape.items() if value is not None}


def usage_object(usage: Usage) -> dict[str, Any] | None:
    """The wire's `usage`; None where the tokens are unknown, which is never written as 0."""
    if usage.input is None or usage.output is None:
        return None
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read or 0,
            "cache_write_tokens": usage.cache_write or 0,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": usage.input + usage.output,
    }
