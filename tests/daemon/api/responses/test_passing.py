"""What an upstream's events have told."""

from __future__ import annotations

import msgspec

from homeport.daemon.api.responses.passing import Followed
from homeport.daemon.api.responses.sse import Event


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def test_items_stand_by_their_index() -> None:
    followed = Followed()
    followed.follow(
        [
            Event("response.created", 0, response=raw({"id": "resp_1"})),
            Event("response.output_item.added", 1, 1, item=raw({"type": "reasoning"})),
            Event("response.output_item.done", 2, 0, item=raw({"type": "message", "id": "m"})),
            Event("response.output_item.added", 3, 0, item=raw({"type": "message"})),
            Event("response.output_item.added", 4, 2, item=raw([])),
        ]
    )
    assert followed.response_id == "resp_1"
    assert followed.number == 4
    assert [item.get("type") for item in followed.items] == ["message", "reasoning", None]
    assert followed.open_message is None


def test_events_without_numbers_are_counted() -> None:
    followed = Followed()
    followed.follow([Event("response.created"), Event("response.in_progress")])
    assert followed.number == 1


def test_an_open_message() -> None:
    followed = Followed()
    part = raw({"type": "output_text", "text": "one"})
    followed.follow(
        [
            Event("response.output_item.added", 1, 0, item=raw({"type": "message"})),
            Event("response.content_part.added", 2, 0),
            Event("response.content_part.done", 3, 0, part=part),
        ]
    )
    assert followed.open_message == (0, [{"type": "output_text", "text": "one"}], None)
    followed.follow(
        [
            Event("response.content_part.added", 4, 0),
            Event("response.output_text.delta", 5, 0, delta=raw("tw")),
            Event("response.output_text.delta", 6, 0, delta=raw("o")),
        ]
    )
    assert followed.open_message is not None
    assert followed.open_message[2] == "two"
    followed.follow([Event("response.output_item.done", 7, 0, item=raw({"type": "message"}))])
    assert followed.open_message is None
