"""Characters that were cut in two between events: joined, or said to be lost."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.http.halves import Halves
from homeport.adapters.http.sse_raw import RawEvent
from homeport.adapters.http.upstream_errors import Garbage

LOST = "\ufffd"


def chunk(text: Any, *, index: int = 0, **fields: Any) -> bytes:
    choice = {"index": index, "delta": {"content": text}, **fields}
    return json.dumps({"id": "c", "created": 3, "choices": [choice]}).encode()


def told(*events: bytes) -> list[dict[str, Any]]:
    halves = Halves()
    return [json.loads(data) for event in events for data in halves.whole(event)]


def texts(*events: bytes) -> list[str | None]:
    return [event["choices"][0]["delta"].get("content") for event in told(*events)]


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (["a\ud83d", "\ude00b"], ["a", "\U0001f600b"]),
        (["\ud83d", "\ude00\ud83d", "\ude01"], ["", "\U0001f600", "\U0001f601"]),
        (["\ud83d", "", "\ude00"], ["", "", "\U0001f600"]),
        (["a\ud83d", "b"], ["a", LOST + "b"]),
        (["\ud83d", "\ud83d", "\ude00"], ["", LOST, "\U0001f600"]),
        (["a\ude00"], ["a" + LOST]),
        (["\ud83da\ude00", ], [LOST + "a" + LOST]),
    ],
)  # fmt: skip
def test_halves_are_joined_or_lost(pieces: list[str], whole: list[str]) -> None:
    assert texts(*map(chunk, pieces)) == whole


@given(st.text("\U0001f600a\ud83d\ude00", max_size=9), st.lists(st.integers(0, 18)))
def test_any_cut_between_two_units_gives_the_same_text(text: str, places: list[int]) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    edges = sorted({0, len(units), *(2 * place for place in places if 2 * place < len(units))})
    halves = Halves()
    said = ""
    for start, end in pairwise(edges):
        piece = chunk(units[start:end].decode("utf-16-le", "surrogatepass"))
        try:
            events = halves.whole(piece)
        except Garbage:
            events = [piece]
        said += "".join(json.loads(one)["choices"][0]["delta"]["content"] for one in events)
    for one in halves.whole(b'{"choices":[{"finish_reason":"stop"}]}') if halves.held else []:
        said += json.loads(one)["choices"][0].get("delta", {}).get("content", "")
    assert said == units.decode("utf-16-le", "replace")


def test_where_nothing_follows_it_is_said_before_what_comes_instead() -> None:
    end = b'{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}'
    first, lost, last = told(chunk("a\ud83d"), end)
    assert first["choices"][0]["delta"]["content"] == "a"
    assert lost == {"id": "c", "created": 3, "choices": [{"index": 0, "delta": {"content": LOST}}]}
    assert last == json.loads(end)


def test_an_event_with_the_end_in_it_is_gone_on_from_by_none() -> None:
    assert texts(chunk("a\ud83d", finish_reason="stop")) == ["a" + LOST]


def test_what_says_nothing_of_the_answer_may_come_between() -> None:
    usage = b'{"choices":[],"usage":{"prompt_tokens":9}}'
    assert [event["choices"] for event in told(chunk("\ud83d"), usage, chunk("\ude00"))][1] == []
    halves = Halves()
    halves.whole(b'{"type":"content_block_delta","index":0,"delta":{"text":"\\ud83d"}}')
    assert halves.whole(b'{"type":"ping"}') == [b'{"type":"ping"}']
    assert halves.held


def test_each_choice_has_its_own() -> None:
    first, second = chunk("\ud83d", index=0), chunk("\ude00", index=1)
    assert texts(first, second) == ["", LOST, LOST]


def test_events_take_the_name_of_their_kind() -> None:
    data = b'{"type":"content_block_delta","index":0,"delta":{"text":"\\ud83d"}}'
    (event,) = Halves().whole_events(RawEvent(b"", data))
    assert event.raw == b"event: content_block_delta\ndata: " + event.data + b"\n\n"
    (plain,) = Halves().whole_events(RawEvent(b"", chunk("\ud83d")))
    assert plain.raw == b"data: " + plain.data + b"\n\n"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a":"\\ud83d"', b'"\\ud83d\\ude00"', b'{"a":"\\ud83d","b":NaN}',
     b'"\\ud83d\xff"', b'{"a":"b"}',
     b"[" * 20_000 + b'"\\ud83d"'],
)  # fmt: skip
def test_what_has_another_fault_is_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        Halves().whole(data)


def test_a_whole_response_is_gone_on_from_by_none() -> None:
    (response,) = told(b'{"object":"response","output":[{"text":"\\ud83d"}]}')
    assert response["output"] == [{"text": LOST}]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a\ud83d", "\ude00b", "ping"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "index", "choices", "\ud83d"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=4))
def test_whatever_comes_is_made_whole_or_is_garbage(values: list[Any]) -> None:
    halves = Halves()
    for value in values:
        try:
            events = halves.whole(json.dumps(value).encode())
        except Garbage:
            continue
        for data in events:
            json.loads(data.decode())
            assert b"\\ud" not in data
