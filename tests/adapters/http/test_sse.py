"""The event reader gives the same events however the bytes were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.http.sse import EventReader, EventTooLarge, ServerEvent
from homeport.adapters.http.sse_raw import RawEventReader

LINES = st.lists(
    st.sampled_from(
        [
            b"data: a",
            b"data:b",
            b"data:  two spaces",
            b'data: {"x": "\xc3\xa9"}',
            b"data",
            b"data:",
            b": comment",
            b":",
            b"event: done",
            b"id: 7",
            b"retry: 10",
            b"unknown: z",
            b"",
            b"",
        ]
    ),
    max_size=30,
)
LINE_END = st.sampled_from([b"\n", b"\r", b"\r\n"])


def by_the_standard(text: bytes) -> list[ServerEvent]:
    """The format read line by line, as the standard tells it."""
    text = text.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    events: list[ServerEvent] = []
    name, data = b"", []
    for line in text.split(b"\n")[:-1]:
        if not line:
            if data:
                events.append((name, b"\n".join(data)))
            name, data = b"", []
            continue
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    return events


def read(chunks: list[bytes], max_bytes: int = 10_000) -> list[ServerEvent]:
    reader = EventReader(max_bytes)
    return [event for chunk in chunks for event in reader.feed(chunk)]


def cut(text: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(edges)]


@given(
    LINES,
    st.lists(LINE_END, min_size=31, max_size=31),
    st.booleans(),
    st.lists(st.integers(0, 999)),
)
def test_any_cut_gives_the_same_events(
    lines: list[bytes], ends: list[bytes], bom: bool, places: list[int]
) -> None:
    text = b"\xef\xbb\xbf" * bom + b"".join(a + b for a, b in zip(lines, ends, strict=False))
    assert read(cut(text, places)) == by_the_standard(text)


@given(st.binary(max_size=200), st.lists(st.integers(0, 999)))
def test_any_bytes_give_the_same_events(text: bytes, places: list[int]) -> None:
    assert read(cut(text, places)) == by_the_standard(text)


def test_byte_by_byte() -> None:
    text = b'\xef\xbb\xbfevent: e\r\ndata: {"a":1}\r\n\r\ndata: x\ndata: y\n\n: ping\n\n'
    events = read([text[i : i + 1] for i in range(len(text))])
    assert events == [(b"e", b'{"a":1}'), (b"", b"x\ny")]


def test_a_carriage_return_ends_an_event_at_once() -> None:
    reader = EventReader()
    assert reader.feed(b"data: x\r\r") == [(b"", b"x")]
    assert reader.feed(b"\ndata: y\n\n") == [(b"", b"y")]


def test_the_rest_is_what_had_no_end() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\n\ndata: [DONE]") == [(b"", b"a")]
    assert reader.rest() == [(b"", b"[DONE]")]
    assert reader.rest() == []


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 90, b"x" * 40])
def test_an_event_without_an_end_is_bounded(chunk: bytes) -> None:
    with pytest.raises(EventTooLarge):
        read([chunk] * 3, max_bytes=64)


def test_a_whole_event_over_the_bound_is_refused() -> None:
    with pytest.raises(EventTooLarge):
        EventReader(max_bytes=64).feed(b"data: " + b"x" * 90 + b"\n\n")


@pytest.mark.parametrize(
    ("stream", "strange"),
    [
        ("data: é\n\n: comment\n\nunknown: é\n\n".encode(), False),
        ("data: x\n\nunknown: é".encode()[:-1], False),
        ("data: x\n\n".encode("utf-16-le"), True),
        (b"data: x\n\n\xff\xfe\n\ndata: y\n\n", True),
    ],
)
def test_what_is_no_text_is_noted(stream: bytes, strange: bool) -> None:
    plain, raw = EventReader(), RawEventReader()
    for reader in (plain, raw):
        reader.feed(stream)
        reader.rest()
        assert reader.strange is strange
