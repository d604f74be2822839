"""The bytes of a stream: made of deltas, or an upstream's own."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import Delta, Finish, StatusDelta, TextDelta, Wired
from homeport.daemon.api.anthropic.stream import BEAT, MessageStream, last_words
from homeport.daemon.api.anthropic.usage import LeftOut
from homeport.policies.errors import DaemonTrouble
from support.anthropic_server import closing, more, opening, start
from support.doors import a_view


def events_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(part.partition("data: ")[2]) for part in data.decode().split("\n\n") if part]


def written(*deltas: Delta) -> bytes:
    stream = MessageStream(a_view, LeftOut(["tools.web_search"]))
    return b"".join(map(stream.encode, deltas)) + stream.end()


def test_texts_are_written_alike_by_the_short_way_and_the_long() -> None:
    deltas = (StatusDelta("queued"), TextDelta("a"), TextDelta('"\n'), TextDelta(""))
    events = events_of(written(*deltas, Finish(reason="stop")))
    texts = [e["delta"]["text"] for e in events if e["type"] == "content_block_delta"]
    assert texts == ["a", '"\n']
    assert events[-1]["homeport"]["dropped"] == ["tools.web_search"]


def test_an_answer_without_a_word_is_a_whole_message() -> None:
    kinds = [event["type"] for event in events_of(written(Finish(reason="stop")))]
    assert kinds == ["message_start", "ping", "message_delta", "message_stop"]


def test_events_of_another_wire_are_written_anew() -> None:
    wired = Wired("openai-chat", b"data: {}\n\n", (TextDelta("x"),))
    assert b"openai" not in written(wired)
    assert b'"text":"x"' in written(wired)


def test_own_events_behind_made_ones_are_written_anew() -> None:
    wired = Wired("anthropic", more(0, type="text_delta", text="no"), (TextDelta("b"),))
    events = events_of(written(TextDelta("a"), wired))
    texts = [e["delta"]["text"] for e in events if e["type"] == "content_block_delta"]
    assert texts == ["a", "b"]


def test_going_on_behind_a_block_that_was_left_open() -> None:
    head = opening() + start(0, type="server_tool_use", id="s", name="n", input={})
    events = events_of(written(Wired("anthropic", head, ()), TextDelta("x")))
    assert [(e["type"], e.get("index")) for e in events[2:5]] == [
        ("content_block_stop", 0), ("content_block_start", 1), ("content_block_delta", 1),
    ]  # fmt: skip


def test_only_the_end_of_an_upstream() -> None:
    data = written(Finish(reason="stop", wire="anthropic", raw=opening() + closing()))
    assert data.startswith(opening())
    assert events_of(data)[-1]["homeport"]["decision"] == "01test"


def test_last_words_and_signs_of_life() -> None:
    (event,) = events_of(last_words("r1")(DaemonTrouble("Stopping.")))
    assert (event["error"]["type"], event["request_id"]) == ("overloaded_error", "r1")
    assert events_of(BEAT) == [{"type": "ping"}]
