"""Tokens by class, from the ways in which they are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.anthropic.usage import read_usage
from support.recordings import for_each, load, recordings

WHOLE = [
    path
    for path in recordings("anthropic-messages")
    if "usage" in (load(path)["response"]["body"] or "") and load(path)["response"]["status"] == 200
]


def test_all_input_is_counted() -> None:
    usage = read_usage(
        {
            "input_tokens": 10,
            "cache_read_input_tokens": 200,
            "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            "output_tokens": 7,
            "output_tokens_details": {"thinking_tokens": 3},
            "server_tool_use": {"web_search_requests": 2},
        }
    )
    assert (usage.input, usage.output, usage.reasoning) == (240, 7, 3)
    assert (usage.cache_read, usage.cache_write, usage.cache_write_1h) == (200, 30, 20)
    assert usage.certain
    assert usage.extras["server_tool_use"] == {"web_search_requests": 2}


@pytest.mark.parametrize("raw", [None, {}, {"output_tokens": 1}, {"input_tokens": "x"}])
def test_what_is_unknown_stays_unknown(raw: Any) -> None:
    usage = read_usage(raw)
    assert usage.input is None
    assert not usage.certain
    assert usage.cache_write_1h is None


def test_a_compaction_is_added_and_another_model_is_uncertain() -> None:
    message = {"type": "message", "input_tokens": 5, "output_tokens": 1}
    compaction = {"type": "compaction", "input_tokens": 100, "output_tokens": 20}
    raw = {"input_tokens": 5, "output_tokens": 1, "iterations": [compaction, message]}
    usage = read_usage(raw)
    assert (usage.input, usage.output, usage.certain) == (105, 21, True)
    advisor = {"type": "advisor_message", "model": "x", "input_tokens": 50, "output_tokens": 2}
    usage = read_usage(raw | {"iterations": [message, advisor]})
    assert (usage.input, usage.output, usage.certain) == (5, 1, False)


@for_each(WHOLE)
def test_recorded_usage_adds_up(path: Path) -> None:
    body = load(path)["response"]["body"]
    if not isinstance(body, dict):
        pytest.skip("a stream")
    usage = read_usage(body["usage"])
    assert usage.input is not None
    classes = (usage.cache_read or 0) + (usage.cache_write or 0)
    assert usage.input - classes == body["usage"]["input_tokens"]
    assert usage.output == body["usage"]["output_tokens"]
