"""An upstream's own events are passed through, and gone on with where they break off."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import (
    Delta,
    Finish,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    Usage,
    Wired,
)
from homeport.daemon.api.responses.read import read
from homeport.daemon.api.responses.stream import Stream
from homeport.daemon.api.responses.whole import ResponseObject
from homeport.policies.errors import NothingAnswered
from support.doors import a_view

WIRE = "openai-responses"
VIEW = a_view()


def event(kind: str, number: int, **fields: Any) -> bytes:
    data = {"type": kind, "sequence_number": number, **fields}
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def wired(data: bytes, *deltas: Delta) -> Wired:
    return Wired(WIRE, data, deltas)  # type: ignore[arg-type]


PLACE = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
PART = {"type": "output_text", "text": "", "annotations": []}
CREATED = event("response.created", 0, response={"id": "resp_1", "status": "in_progress"})
BEGUN = event("response.output_item.added", 1, output_index=0, item=MESSAGE) + event(
    "response.content_part.added", 2, **PLACE, part=PART
)
HEL = event("response.output_text.delta", 3, **PLACE, delta="Hel")
CLOSING = event("response.output_item.done", 4, output_index=0, item=MESSAGE) + event(
    "response.completed", 5, response={"id": "resp_1", "status": "completed", "odd": [1.5]}
)
FINISH = Finish("stop", Usage(input=1, output=1), id="resp_1", wire=WIRE, raw=CLOSING)


async def a_stream(**fields: Any) -> Stream:
    asked = await read(json.dumps({"input": "hi", **fields}).encode(), {}, None)  # type: ignore[arg-type]
    return Stream(asked, "01test", ResponseObject(asked, 17, store=True), ["tools.web_search"])


def send(stream: Stream, *deltas: Delta) -> bytes:
    return b"".join(stream.encode(delta, "echo/words") for delta in deltas)


def read_events(data: bytes) -> list[dict[str, Any]]:
    lines = [line for line in data.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line[6:]) for line in lines]


async def test_an_upstreams_events_pass_as_they_came() -> None:
    stream = await a_stream()
    assert send(stream, StatusDelta("queued"), wired(CREATED)) == b"", "it says nothing yet"
    sent = send(stream, wired(BEGUN), wired(HEL, TextDelta("Hel")), FINISH)
    assert sent == CREATED + BEGUN + HEL
    ended = stream.end(VIEW)
    assert ended.id == "resp_1"
    last = read_events(ended.events)[-1]["response"]
    assert last == json.loads(ended.object)
    assert last["odd"] == [1.5]
    assert last["homeport"]["decision"] == "01test"
    assert last["homeport"]["dropped"] == ["tools.web_search"]
    assert ended.events.startswith(CLOSING.split(b"\n\n")[0])


async def test_an_answer_that_says_nothing_is_passed_on_too() -> None:
    stream = await a_stream()
    assert send(stream, wired(CREATED), FINISH) == b""
    ended = stream.end(VIEW)
    assert ended.events.startswith(CREATED)
    assert ended.id == "resp_1"


async def test_another_model_goes_on_in_the_middle_of_a_sentence() -> None:
    stream = await a_stream()
    passed = send(stream, wired(CREATED + BEGUN + HEL, TextDelta("Hel")))
    rest = send(stream, TextDelta("lo"), Finish("stop"))
    ended = stream.end(VIEW)
    events = read_events(passed + rest + ended.events)
    assert [e["sequence_number"] for e in events] == list(range(len(events)))
    assert [e["type"].removeprefix("response.") for e in events] == [
        "created", "output_item.added", "content_part.added", "output_text.delta",
        "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    assert {name: events[4][name] for name in PLACE} == PLACE
    whole = events[-1]["response"]
    assert whole["id"] == ended.id == "resp_1"
    assert whole["output"][0]["content"][0]["text"] == "Hello"
    assert whole["output"][0]["id"] == "msg_1"


async def test_another_model_goes_on_after_whole_items() -> None:
    search = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
    done = event("response.output_item.added", 1, output_index=0, item=search)
    done += event("response.output_item.done", 2, output_index=0, item=search)
    stream = await a_stream()
    passed = send(stream, wired(CREATED + done))
    events = read_events(passed + send(stream, TextDelta("So."), Finish("stop")))
    assert events[3]["output_index"] == 1
    assert events[3]["sequence_number"] == 3
    whole = json.loads(stream.end(VIEW).object)
    assert [item["type"] for item in whole["output"]] == ["web_search_call", "message"]


async def test_a_second_upstream_of_this_wire_does_not_begin_again() -> None:
    stream = await a_stream()
    other = CREATED.replace(b"resp_1", b"resp_2")
    sent = send(stream, wired(CREATED + BEGUN), wired(other + BEGUN + HEL, TextDelta("Hel")))
    assert sent.count(b"event: response.created") == 1
    send(stream, FINISH)
    whole = json.loads(stream.end(VIEW).object)
    assert whole["id"] == "resp_1"
    assert whole["output"][0]["content"][0]["text"] == "Hel"


async def test_an_upstream_that_said_nothing_is_forgotten() -> None:
    stream = await a_stream()
    other = CREATED.replace(b"resp_1", b"resp_2")
    sent = send(stream, wired(CREATED), wired(other), wired(BEGUN + HEL, TextDelta("Hel")))
    assert sent == other + BEGUN + HEL
    stream = await a_stream()
    assert send(stream, wired(CREATED)) == b""
    events = read_events(send(stream, TextDelta("Hi")))
    assert events[0]["response"]["id"] == "resp_hp_01test"


async def test_reasoning_of_another_openai_upstream_stays_readable_to_it() -> None:
    stream = await a_stream()
    send(stream, TextDelta("So"))
    sent = send(stream, wired(HEL, ThinkingDelta("", redacted="gAAA", id="rs_1")), Finish("stop"))
    assert b'"encrypted_content"' not in sent, "it is told when it is whole"
    whole = json.loads(stream.end(VIEW).object)
    assert whole["output"][1]["encrypted_content"] == "gAAA"


async def test_events_of_another_wire_are_encoded_again() -> None:
    stream = await a_stream()
    events = read_events(send(stream, Wired("anthropic", b"event: x\n\n", (TextDelta("Hi"),))))
    assert events[-1]["delta"] == "Hi"


async def test_what_broke_is_told_twice() -> None:
    stream = await a_stream()
    send(stream, TextDelta("Hel"))
    error, failed = read_events(stream.failed(NothingAnswered("It broke."), "echo/words"))
    assert (error["type"], error["code"], error["message"]) == (
        "error", "nothing_answered", "It broke.",
    )  # fmt: skip
    assert error["error"]["message"] == "It broke."
    assert failed["type"] == "response.failed"
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"]["code"] == "nothing_answered"


async def test_what_broke_before_anything_was_said_has_an_id_too() -> None:
    stream = await a_stream()
    events = read_events(stream.failed(NothingAnswered("It broke."), ""))
    assert [e["type"] for e in events] == [
        "response.created", "response.in_progress", "error", "response.failed",
    ]  # fmt: skip
