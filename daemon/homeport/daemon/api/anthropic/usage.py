"""Tokens and reasons as Anthropic's wire tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.base import Finish, Usage

_REASONS: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_REPEATED: Final = ("service_tier", "server_tool_use", "inference_geo")


def usage_object(usage: Usage) -> dict[str, Any]:
    """What was neither read from a cache nor written into one is `input_tokens`.

    An unknown count is null, never 0.
    """
    read, written = usage.cache_read or 0, usage.cache_write or 0
    made: dict[str, Any] = {
        "input_tokens": None if usage.input is None else max(0, usage.input - read - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": usage.output,
    }
    if usage.cache_write_1h is not None:
        kept = usage.cache_write_1h
        made["cache_creation"] = {
            "ephemeral_5m_input_tokens": max(0, written - kept),
            "ephemeral_1h_input_tokens": kept,
        }
    if usage.reasoning is not None:
        made["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    # `extras` is the record of the wire it came by: only this wire's own is said again.
    if "cache_creation_input_tokens" in usage.extras:
        made |= {name: usage.extras[name] for name in _REPEATED if name in usage.extras}
    return made


def stop_reason(finish: Finish, *, refused: bool) -> str:
    """Why it ended, in this wire's own word where it came by it."""
    if finish.wire == WIRE and finish.raw_reason:
        return finish.raw_reason
    if refused:
        return "refusal"
    if finish.reason == "stop" and finish.stop_sequence:
        return "stop_sequence"
    return _REASONS[finish.reason]


class LeftOut(NamedTuple):
    """What a prompt was answered without."""

    tools: Sequence[str] = ()
    knobs: Sequence[str] = ()
    """Fields that only this wire has: its own models are told of them."""

    def named(self, finish: Finish) -> Finish:
        """The end of an answer that names them among what was dropped."""
        return with_dropped(finish, [*(() if finish.wire == WIRE else self.knobs), *self.tools])


NOTHING: Final = LeftOut()


def with_dropped(finish: Finish, left_out: Sequence[str]) -> Finish:
    """The end of an answer that names these too among what was dropped."""
    if not left_out:
        return finish
    dropped = [*finish.extras.get("dropped", ()), *left_out]
    return msgspec.structs.replace(finish, extras={**finish.extras, "dropped": dropped})
