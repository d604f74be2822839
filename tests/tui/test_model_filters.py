"""What a filter of models admits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.tui.model_filters import model_complaint, model_matcher
from support import sights

ALL = ["qwen3", "llama3.3", "smollm2", "sonnet", "gpt", "large"]


def admitted(text: str) -> list[str]:
    matches = model_matcher(text)
    shown = [model.id for model in sights.models() if matches(model)]
    return [name for name in ALL if any(name in id_ for id_ in shown)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ALL),
        ("local", ["qwen3", "llama3.3", "smollm2"]),
        ("cloud ready", ["sonnet", "gpt"]),
        ("asleep", ["llama3.3", "smollm2"]),
        ("missing", ["large"]),
        ("-missing -local", ["sonnet", "gpt"]),
        ("free", ["qwen3", "llama3.3", "smollm2"]),
        (">$2", ["sonnet"]),
        ("<$5 cloud", ["gpt"]),
        (">100k", ["llama3.3", "sonnet", "gpt"]),
        (">0.5m", ["sonnet"]),
        (">50/s", ["sonnet", "gpt"]),
        ("<450ms", ["qwen3", "gpt"]),
        (">0.5s", ["llama3.3"]),
        ("TOOLS", ["qwen3", "sonnet"]),
        ("key", ["large"]),
        (">5", ALL),
        ("->5", ALL),
        (">$5k", ALL),
        ("-", ALL),
    ],
)
def test_each_word_must_hold(text: str, names: list[str]) -> None:
    assert admitted(text) == names


def test_a_bound_without_a_unit_says_how_to_write_one() -> None:
    assert model_complaint("tools ->5") == ">5 hides nothing: write <$1, >32k, >40/s or <500ms"
    assert model_complaint("tools <$1 -cloud") == ""


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter(text: str) -> None:
    assert model_matcher(text)(sights.models()[0]) in (True, False)
    assert isinstance(model_complaint(text), str)
