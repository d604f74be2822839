"""A message that another has begun is gone on with."""

from __future__ import annotations

from typing import Any

from homeport.daemon.api.responses.output_message import MessageItem

BEGUN = {"id": "msg_1", "type": "message", "status": "in_progress", "content": []}


def resumed(parts: list[Any], text: str | None) -> tuple[MessageItem, list[str]]:
    told: list[str] = []
    message = MessageItem(0, "", lambda name, **_: told.append(name))
    message.resume(dict(BEGUN), parts, text)
    return message, told


def test_in_the_middle_of_a_part() -> None:
    message, told = resumed([], "Hel")
    message.add_text("lo", (), 0)
    message.close("completed")
    assert message.item["id"] == "msg_1"
    assert message.item["content"][0]["text"] == "Hello"
    assert told[0] == "output_text.delta"


def test_between_two_parts() -> None:
    whole = {"type": "output_text", "text": "one"}
    message, told = resumed([whole], None)
    message.add_text("two", (), 0)
    message.close("completed")
    assert [part["text"] for part in message.item["content"]] == ["one", "two"]
    assert told[0] == "content_part.added"
