"""Events with their bytes, whatever way the stream was cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.http.sse import EventTooLarge
from homeport.adapters.http.sse_raw import RawEventReader

STREAM = (
    b"event: a\ndata: {\"x\": 1}\n\n: comment\n\ndata: two\r\ndata: lines\r\n\r\n"
    b"event: b\rdata: cr\r\r\n\ndata:tight\n\n"
)  # fmt: skip
DATA = [b'{"x": 1}', b"two\nlines", b"cr", b"tight"]


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_cut_keeps_every_byte_and_gives_the_same_data(places: list[int]) -> None:
    reader = RawEventReader()
    edges = sorted({0, len(STREAM), *places})
    events = [e for a, b in pairwise(edges) for e in reader.feed(STREAM[a:b])]
    assert b"".join(event.raw for event in events) + reader.rest() == STREAM
    assert [event.data for event in events if event.data] == DATA


@given(st.lists(st.sampled_from([b"\n", b"\r", b"data: x", b"event: y", b":", b"z"])))
def test_no_byte_of_any_stream_is_lost(pieces: list[bytes]) -> None:
    reader = RawEventReader()
    kept = b"".join(event.raw for piece in pieces for event in reader.feed(piece))
    assert kept + reader.rest() == b"".join(pieces)


@pytest.mark.parametrize("data", [b"data: " + b"x" * 99, b"data: " + b"x" * 99 + b"\n\n"])
def test_an_event_has_a_bound(data: bytes) -> None:
    with pytest.raises(EventTooLarge):
        RawEventReader(64).feed(data)
