"""Events as bytes, and bytes as events."""

from __future__ import annotations

import json

from homeport.daemon.api.responses.sse import data_lines, event_bytes, events_in, with_homeport

CLOSING = (
    b"event: response.completed\r\n"
    b'data: {"type":"response.completed","response":{"id":"resp_1","n":1.50},"sequence_number":9}'
    b"\r\n\r\n"
)


def test_an_event() -> None:
    data = event_bytes("response.created", {"response": {}}, 3)
    assert data == (
        b"event: response.created\n"
        b'data: {"type":"response.created","sequence_number":3,"response":{}}\n\n'
    )
    (event,) = events_in(data)
    assert (event.type, event.sequence_number) == ("response.created", 3)


def test_what_is_no_event_is_passed_over() -> None:
    data = b": beat\n\ndata: [DONE]\n\ndata: nonsense\n\ndata:{}\n\n"
    assert [event.type for event in events_in(data)] == [""]
    assert list(data_lines(b"data: a\n\nevent: x\n")) == [b"a"]


def test_the_end_gets_our_object_and_nothing_else_changes() -> None:
    events, whole = with_homeport(CLOSING, {"decision": "d"})
    assert json.loads(whole) == {"id": "resp_1", "n": 1.5, "homeport": {"decision": "d"}}
    assert b'"n":1.50' in whole
    assert events.startswith(b"event: response.completed\r\ndata: {")
    assert events.endswith(b"\n\r\n")
    assert b'"sequence_number":9' in events
    assert with_homeport(b"data: [DONE]\n\n", {}) == (b"data: [DONE]\n\n", b"")
