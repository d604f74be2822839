"""How deep a JSON text nests."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.api.nesting import nests_deeper

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(st.sampled_from('[]{}"\\a'), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=30,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(VALUES, st.integers(0, 8))
@settings(deadline=None)
def test_it_is_what_walking_finds(value: Any, limit: int) -> None:
    assert nests_deeper(json.dumps(value).encode(), limit) is (depth(value) > limit)


def test_brackets_in_text_do_not_count() -> None:
    assert not nests_deeper(json.dumps(["[" * 500, '\\"[' * 500]).encode(), 4)


def test_wide_is_not_deep() -> None:
    assert not nests_deeper(json.dumps([[]] * 5000).encode(), 4)
    assert nests_deeper(b"[" * 200 + b"]" * 200, 128)
