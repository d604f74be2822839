"""The bytes of a Gemini stream, whichever way they are framed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.base import (
    Finish,
    PartEnd,
    Prompt,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)
from homeport.daemon.api.gemini.chunks import Shown
from homeport.daemon.api.gemini.stream import AnswerStream, Array, Events, Framing, response_id_in
from homeport.policies.errors import NothingAnswered
from support.doors import a_view

WIRED = b'data: {"responseId":"r1","candidates":[]}\r\n\r\n'


def stream(framing: Framing | None = None, **shown: Any) -> AnswerStream:
    return AnswerStream(a_view, Shown(**shown), framing or Events())


def parts(data: bytes) -> list[Any]:
    events = data.decode().strip().split("\r\n\r\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events if event]
    return [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]


def test_a_beat_begins_nothing() -> None:
    made = stream()
    assert parts(made.beat()) == [{"text": ""}]
    assert made.encode(Wired("gemini", WIRED, ())) == WIRED
    assert b'"responseId":"r1"' in made.beat()
    assert made.encode(Wired("gemini", WIRED, ())) == WIRED


def test_text_is_written_as_it_comes() -> None:
    made = stream()
    assert made.encode(StatusDelta("queued")) == b""
    for text in ("a", '"\n\\', "\0", "ü\u2028"):
        assert parts(made.encode(TextDelta(text))) == [{"text": text}]
    assert made.encode(TextDelta("")) == b""


def test_calls_leave_when_they_are_whole() -> None:
    made = stream()
    assert made.encode(ToolCallDelta(0, "c", "f", '{"a"')) == b""
    assert made.encode(ToolCallDelta(1, "d", "g")) == b""
    assert made.encode(ToolCallDelta(0, arguments=":1}")) == b""
    told = parts(made.encode(TextDelta("so")))
    assert told == [{"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}, {"text": "so"}]
    assert made.encode(ToolCallDelta(0, arguments=" ")) == b""
    # The one without arguments may still get some, until its part ends.
    assert parts(made.encode(PartEnd())) == []
    made.encode(Finish("tool_calls"))
    assert parts(made.end()) == [{"functionCall": {"id": "d", "name": "g", "args": {}}}]


def test_a_call_without_arguments_leaves_with_its_part() -> None:
    made = stream()
    made.encode(ToolCallDelta(0, "c", "f"))
    assert parts(made.encode(PartEnd())) == [
        {"functionCall": {"id": "c", "name": "f", "args": {}}}
    ]  # fmt: skip


def test_signatures() -> None:
    hidden, shown = stream(), stream(thoughts=True)
    own, other = ThinkingDelta("", "gemini:c2ln"), ThinkingDelta("hm", "sig")
    for made in (hidden, shown):
        assert parts(made.encode(own)) == [{"text": "", "thoughtSignature": "c2ln"}]
    assert hidden.encode(other) == b""
    (part,) = parts(shown.encode(other))
    assert (part["text"], part["thought"]) == ("hm", True)
    assert part["thoughtSignature"] != "sig"


def test_an_array_is_one_whatever_becomes_of_it() -> None:
    empty = stream(Array())
    empty.encode(Finish("stop"))
    assert len(json.loads(empty.end())) == 1
    passed = stream(Array())
    begun = passed.encode(Wired("gemini", WIRED, ())) + passed.beat()
    passed.encode(Finish("stop", wire="gemini", raw=WIRED))
    told = json.loads(begun + passed.end())
    assert [chunk["responseId"] for chunk in told] == ["r1"] * 3
    assert "homeport" in told[-1]
    broken = stream(Array())
    error = NothingAnswered("Every model failed.")
    told = json.loads(broken.encode(TextDelta("a")) + broken.last_words(error))
    assert told[-1]["error"]["code"] == 502


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"", ""), (b"data: [1]\n\n", ""), (b"data: {\n\n" + WIRED, "r1"), (b": x\n\n" + WIRED, "r1")],
)
def test_the_id_of_an_answer(data: bytes, found: str) -> None:
    assert response_id_in(data) == found


def test_what_is_shown() -> None:
    generation = {"thinkingConfig": {"include_thoughts": True}, "responseMimeType": "TEXT/X.ENUM"}
    prompt = Prompt((), extras={"generationConfig": generation})
    assert Shown.to(prompt) == Shown(thoughts=True, bare=True)
    assert Shown.to(Prompt(())) == Shown()


def test_what_only_this_wire_has_is_named() -> None:
    extras = {
        "safetySettings": [{}],
        "labels": {},
        "generationConfig": {"mediaResolution": "X", "thinkingConfig": {}},
        "toolConfig": {"functionCallingConfig": {}, "retrievalConfig": {}},
    }
    named = ["safetySettings", "generationConfig.mediaResolution", "toolConfig.retrievalConfig"]
    for wire, dropped in (("ollama", ["top_k", *named]), ("gemini", ["top_k"])):
        made = AnswerStream(a_view, Shown.to(Prompt((), extras=extras)), Events())
        made.encode(Finish("stop", extras={"dropped": ["top_k"]}, wire=wire))
        assert json.loads(made.end().removeprefix(b"data: "))["homeport"]["dropped"] == dropped


def test_a_refusal_is_told_by_its_reason() -> None:
    made = stream()
    assert parts(made.encode(RefusalDelta("No."))) == [{"text": "No."}]
    made.encode(Finish("stop"))
    assert b'"finishReason":"SAFETY"' in made.end()
