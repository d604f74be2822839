"""How the compatible servers count tokens, and what some say they charged."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Usage
from homeport.adapters.openai.usage import read_response_usage, read_usage

PLAIN = {"prompt_tokens": 100, "completion_tokens": 50}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {}),
        ({"total_tokens": 150}, {}),
        ({"prompt_tokens_details": {"cached_tokens": 60}}, {"cache_read": 60}),
        ({"prompt_cache_hit_tokens": 60, "prompt_cache_miss_tokens": 40}, {"cache_read": 60}),
        ({"cached_tokens": 60}, {"cache_read": 60}),
        ({"num_cached_tokens": 60}, {}),
        (
            {"prompt_tokens_details": {"cached_tokens": 50}, "num_cached_tokens": 60},
            {"cache_read": 50},
        ),
        ({"prompt_tokens_details": {"cache_write_tokens": 30}}, {"cache_write": 30}),
        (
            {
                "cache_creation_input_tokens": 30,
                "cache_read_input_tokens": 20,
                "cache_creation": {"ephemeral_1h_input_tokens": 30},
            },
            {"cache_write": 30, "cache_write_1h": 30, "cache_read": 20},
        ),
        ({"completion_tokens_details": {"reasoning_tokens": 40}}, {"reasoning": 40}),
        # Reasoning outside of the completion, told and untold.
        (
            {"completion_tokens_details": {"reasoning_tokens": 40}, "total_tokens": 190},
            {"reasoning": 40, "output": 90},
        ),
        ({"total_tokens": 190}, {"output": 90, "certain": False}),
        (
            {
                "prompt_tokens_details": {"audio_tokens": 5},
                "completion_tokens_details": {"audio_tokens": 6},
            },
            {"input_audio": 5, "output_audio": 6},
        ),
        ({"cost": 0.00183}, {"cost_nano": 1_830_000}),
        ({"cost": 0}, {"cost_nano": 0}),
        ({"cost": 0.0001, "is_byok": True}, {}),
        (
            {
                "cost": 0.0001,
                "is_byok": True,
                "cost_details": {"upstream_inference_cost": 0.002},
            },
            {"cost_nano": 2_100_000},
        ),
        ({"cost": {"total_cost": 0.5}}, {"cost_nano": 500_000_000}),
        ({"cost_in_usd_ticks": 37_756_001}, {"cost_nano": 3_775_601}),
        ({"cost": -1}, {}),
        ({"cost": float("nan")}, {}),
        ({"cost": True}, {}),
    ],
)
def test_each_dialect(more: dict[str, Any], expected: dict[str, Any]) -> None:
    raw = PLAIN | more
    assert read_usage(raw) == Usage(**{"input": 100, "output": 50, "extras": raw} | expected)


@pytest.mark.parametrize(
    "raw",
    [
        {"prompt_tokens": -1, "completion_tokens": 5},
        {"prompt_tokens": True, "completion_tokens": 5},
        {"completion_tokens": 5},
        {"prompt_tokens": "7", "completion_tokens": 5},
    ],
)
def test_what_is_no_count_is_unknown(raw: dict[str, Any]) -> None:
    assert read_usage(raw) == Usage(output=5, certain=False, extras=raw)


@pytest.mark.parametrize("raw", [None, {}])
def test_nothing_said_is_nothing_known(raw: Any) -> None:
    assert read_usage(raw) == Usage(certain=False)


def test_an_answer_of_the_responses_api_names_them_otherwise() -> None:
    raw = {
        "input_tokens": 100,
        "output_tokens": 50,
        "total_tokens": 150,
        "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
        "output_tokens_details": {"reasoning_tokens": 40},
    }
    expected = Usage(input=100, cache_read=60, cache_write=30, output=50, reasoning=40, extras=raw)
    assert read_response_usage(raw) == expected
    assert read_response_usage(None) == Usage(certain=False)
