"""Lines of Ollama's chat: read, or refused as garbage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Finish, TextDelta, Wired
from homeport.adapters.http.upstream_errors import Garbage
from homeport.adapters.ollama.read import ChatReader


@pytest.mark.parametrize(
    "line",
    [None, [], "x", {}, {"message": "x"}, {"message": {"content": 3}}, {"done": "yes"},
     {"message": {"tool_calls": [{"function": "f"}]}}, {"message": {}, "logprobs": [1]}],
)  # fmt: skip
def test_garbage(line: Any) -> None:
    with pytest.raises(Garbage):
        ChatReader().read(line)


def test_the_last_line_may_hold_words() -> None:
    reader = ChatReader()
    line = {"message": {"content": "x"}, "done": True, "eval_count": 1, "eval_duration": 5}
    assert reader.read(line) == [TextDelta("x")]
    assert reader.whole
    assert reader.finish(("top_k",)).extras == {"eval_duration": 5, "dropped": ["top_k"]}


def test_images_travel_in_the_extras() -> None:
    reader = ChatReader()
    reader.read({"message": {"images": ["QUJD"]}})
    assert reader.finish().extras["images"] == ["QUJD"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["message", "done", "logprobs", "model", "response", "thinking"]), JSON
    ),
    JSON,
)
def test_whatever_comes_is_read_or_refused(line: dict[str, Any], content: Any) -> None:
    reader = ChatReader()
    for one in (line, {**line, "message": {"content": content, "thinking": content}}):
        try:
            reader.read(one)
        except Garbage:
            continue
        assert isinstance(reader.finish(), Finish)


def test_a_character_that_was_cut_in_two() -> None:
    reader = ChatReader()
    lines = [{"message": {"content": half}, "done": False} for half in ("a\ud83d", "\ude00\ud83d")]
    end = {"message": {"content": ""}, "done": True}
    told = [delta for line in [*lines, end] for delta in reader.read(json.dumps(line).encode())]
    said = [
        one for delta in told for one in (delta.deltas if isinstance(delta, Wired) else [delta])
    ]
    assert said == [TextDelta("a"), TextDelta("\U0001f600"), TextDelta("\ufffd")]
    assert [json.loads(d.data)["message"]["content"] for d in told if isinstance(d, Wired)] == [
        "a",
        "\U0001f600",
    ]
    assert reader.whole
