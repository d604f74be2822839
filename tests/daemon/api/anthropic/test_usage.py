"""Tokens and reasons in Anthropic's words."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Finish, Usage
from homeport.daemon.api.anthropic.usage import stop_reason, usage_object, with_dropped


def test_classes_are_told_apart() -> None:
    usage = Usage(
        input=100, cache_read=60, cache_write=30, cache_write_1h=10, output=5, reasoning=2
    )
    assert usage_object(usage) == {
        "input_tokens": 10,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
        "output_tokens": 5,
        "output_tokens_details": {"thinking_tokens": 2},
    }


def test_unknown_is_null_and_foreign_records_are_not_repeated() -> None:
    made = usage_object(Usage(extras={"service_tier": "x", "prompt_tokens": 3}))
    assert (made["input_tokens"], made["output_tokens"]) == (None, None)
    assert "service_tier" not in made
    own = {"service_tier": "standard", "cache_creation_input_tokens": 0}
    assert usage_object(Usage(extras=own))["service_tier"] == "standard"


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ({"reason": "stop"}, "end_turn"),
        ({"reason": "stop", "stop_sequence": "END"}, "stop_sequence"),
        ({"reason": "length"}, "max_tokens"),
        ({"reason": "tool_calls"}, "tool_use"),
        ({"reason": "content_filter"}, "refusal"),
        ({"reason": "stop", "wire": "anthropic", "raw_reason": "pause_turn"}, "pause_turn"),
        ({"reason": "stop", "wire": "openai-chat", "raw_reason": "eos"}, "end_turn"),
    ],
)
def test_reasons(finish: Any, reason: str) -> None:
    assert stop_reason(Finish(**finish), refused=False) == reason
    assert stop_reason(Finish(reason="stop"), refused=True) == "refusal"


def test_what_was_dropped_is_added() -> None:
    finish = Finish(reason="stop", extras={"dropped": ["seed"]})
    assert with_dropped(finish, ["tools.x"]).extras["dropped"] == ["seed", "tools.x"]
    assert with_dropped(finish, []) is finish
