"""What a filter admits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import RequestView
from homeport.tui.filters import complaint, matcher
from support import sights


def admitted(text: str) -> list[str]:
    """The first two letters of each id that is shown."""
    return [row.id[:2] for row in sights.requests() if matcher(text)(row)]


ALL = ["1a", "2b", "3c", "4d", "7f", "5e", "6f"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ALL),
        ("cloud", ["3c", "7f"]),
        ("local", ["1a", "2b", "4d", "7f", "6f"]),
        ("none", ["5e"]),
        ("lan", []),
        ("failed", ["7f", "5e"]),
        ("running", ["6f"]),
        ("private", ["2b"]),
        (">1c", ["3c"]),
        (">0.1c", ["3c", "7f"]),
        ("<1c", ["1a", "2b", "4d", "7f", "5e"]),
        (">$0.02", ["3c"]),
        (">2s", ["7f"]),
        ("<500ms", ["1a", "2b", "5e"]),
        ("sonnet", ["3c"]),
        ("QWEN3", ["1a", "2b", "7f", "6f"]),
        ("zed", ALL),
        ("4d02", ["4d"]),
        ("budget", ["5e"]),
        ("cloud -failed", ["3c"]),
        ("-cloud", ["1a", "2b", "4d", "5e", "6f"]),
        ("moved", ["7f"]),
        ("cached", []),
        ("good", []),
        ("model:qwen failed", ["7f"]),
        ("task:code -from:zed", []),
        ("why:64k", ["3c"]),
        ("id:4d", ["4d"]),
        ("->5", ALL),
        (">5", ALL),
        ("-", ALL),
    ],
)
def test_each_word_must_hold(text: str, ids: list[str]) -> None:
    assert admitted(text) == ids


def test_a_bound_without_a_unit_says_how_to_write_one() -> None:
    assert complaint("cloud >5") == ">5 hides nothing: write >1c, <$0.01, >2s or <500ms"
    assert complaint("cloud >5c -<2s") == ""


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter(text: str) -> None:
    matches = matcher(text)
    assert matches(RequestView("a", 0, "done")) in (True, False)
    assert isinstance(complaint(text), str)
