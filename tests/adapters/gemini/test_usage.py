"""What Gemini counts, by our classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Usage
from homeport.adapters.gemini.usage import read_usage
from support.recordings import for_each, load, recordings


def details(**tokens: int) -> list[dict[str, Any]]:
    return [{"modality": name, "tokenCount": count} for name, count in tokens.items()]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, {"certain": False}),
        ({"promptTokenCount": 5}, {"input": 5, "certain": False}),
        ({"promptTokenCount": 5, "totalTokenCount": 5}, {"input": 5, "output": 0}),
        (
            {
                "promptTokenCount": 10,
                "toolUsePromptTokenCount": 7,
                "cachedContentTokenCount": 4,
                "candidatesTokenCount": 3,
                "thoughtsTokenCount": 2,
                "totalTokenCount": 22,
            },
            {"input": 17, "cache_read": 4, "output": 5, "reasoning": 2},
        ),
        # Only thoughts, no word of the answer.
        (
            {"promptTokenCount": 15, "thoughtsTokenCount": 2, "totalTokenCount": 17},
            {"input": 15, "output": 2, "reasoning": 2},
        ),
        # The thoughts are in the candidates' count.
        (
            {
                "promptTokenCount": 10,
                "candidatesTokenCount": 8,
                "thoughtsTokenCount": 5,
                "totalTokenCount": 18,
            },
            {"input": 10, "output": 8, "reasoning": 5},
        ),
        # A total that nothing explains counts in full, and is not certain.
        (
            {"promptTokenCount": 10, "candidatesTokenCount": 8, "totalTokenCount": 100},
            {"input": 10, "output": 90, "certain": False},
        ),
        (
            {
                "promptTokenCount": 200,
                "candidatesTokenCount": 9,
                "promptTokensDetails": details(TEXT=50, AUDIO=150),
                "cacheTokensDetails": details(AUDIO=20),
                "candidatesTokensDetails": details(TEXT=9),
            },
            {
                "input": 200,
                "output": 9,
                "input_audio": 150,
                "cache_read_audio": 20,
                "output_audio": 0,
            },
        ),
        ({"promptTokenCount": -1, "candidatesTokenCount": True}, {"certain": False}),
    ],
)
def test_each_class(raw: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    assert read_usage(raw) == Usage(extras=raw or {}, **expected)


@for_each(recordings("gemini-generate"))
def test_recorded_counts_add_up(path: Path) -> None:
    raw = load(path)["response"]["body"]["usageMetadata"]
    usage = read_usage(raw)
    assert (usage.input or 0) + (usage.output or 0) == raw["totalTokenCount"]
    assert usage.certain
