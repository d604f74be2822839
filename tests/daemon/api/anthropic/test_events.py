"""Deltas as events: blocks in order, each begun and ended once, nothing lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    Spoken,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.daemon.api.anthropic.events import MessageEvents, encoded
from homeport.daemon.api.anthropic.whole import WholeMessage


def events_of(*deltas: Spoken, provider: str = "echo", **finish: Any) -> list[dict[str, Any]]:
    made = MessageEvents("msg_1", 5)
    made.model, made.provider = f"{provider}/m", provider
    said = [event for delta in deltas for event in made.of(delta)]
    return [*made.begin(), *said, *made.end(Finish(**({"reason": "stop"} | finish)))]


def content_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    whole = WholeMessage()
    for event in events:
        whole.apply(json.loads(encoded(event).partition(b"data: ")[2]))
    content: list[dict[str, Any]] = whole.object()["content"]
    return content


def test_blocks_follow_one_another() -> None:
    events = events_of(
        ThinkingDelta("a"), ThinkingDelta("b"), TextDelta("c"), TextDelta("d"), PartEnd(),
        TextDelta("e"), ToolCallDelta(0, "t", "f", "{}"), TextDelta("g"),
    )  # fmt: skip
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["message_start", "ping"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert [block["type"] for block in content_of(events)] == [
        "thinking", "text", "text", "tool_use", "text",
    ]  # fmt: skip
    starts = [event["index"] for event in events if event["type"] == "content_block_start"]
    assert starts == [0, 1, 2, 3, 4]


def test_signatures() -> None:
    own = content_of(events_of(ThinkingDelta("a"), ThinkingDelta("", "sig"), provider="anthropic"))
    assert own == [{"type": "thinking", "thinking": "a", "signature": "sig"}]
    unsigned = content_of(events_of(ThinkingDelta("a"), provider="anthropic"))
    assert unsigned[0]["signature"] == ""
    signed = events_of(ThinkingDelta("a", "gemini:x"), ThinkingDelta("b"), provider="gemini")
    assert content_of(signed) == [
        {"type": "thinking", "thinking": "a", "signature": "homeport:gemini:gemini:x"},
        {"type": "thinking", "thinking": "b", "signature": "homeport:gemini:"},
    ]
    hidden = content_of(events_of(ThinkingDelta("", redacted="x"), provider="openai"))
    assert hidden == [{"type": "redacted_thinking", "data": "homeport:openai:x"}]


def test_a_call_without_arguments_or_an_id() -> None:
    call, other = content_of(events_of(ToolCallDelta(0, "", "f"), ToolCallDelta(1, "a b", "g")))
    assert (call["id"], call["input"]) == ("toolu_msg_1_0", {})
    assert other["id"].startswith("call_")


def test_calls_whose_arguments_come_in_turns() -> None:
    events = events_of(
        ToolCallDelta(0, "a", "f", '{"x":'), ToolCallDelta(1, "b", "g", '{"y":'),
        ToolCallDelta(0, arguments="1}"), ToolCallDelta(1, arguments="2}"),
    )  # fmt: skip
    assert [block["input"] for block in content_of(events)] == [{"x": 1}, {"y": 2}]


def test_calls_that_are_all_named_before_their_arguments_come() -> None:
    events = events_of(
        ToolCallDelta(0, "a", "f"), ToolCallDelta(1, "b", "g"),
        ToolCallDelta(0, arguments='{"x":1}'), ToolCallDelta(1, arguments='{"y":2}'),
    )  # fmt: skip
    assert [block["input"] for block in content_of(events)] == [{"x": 1}, {"y": 2}]


def test_one_call_after_another_is_ended_before_the_next() -> None:
    events = events_of(
        ToolCallDelta(0, "a", "f", '{"x":1}'), ToolCallDelta(1, "b", "g", "{}"),
        ToolCallDelta(0, arguments=" "),
    )  # fmt: skip
    order = [
        (event["type"].removeprefix("content_block_"), event["index"])
        for event in events
        if "index" in event
    ]
    assert order == [
        ("start", 0), ("delta", 0), ("stop", 0), ("start", 1), ("delta", 1), ("stop", 1),
    ]  # fmt: skip


def test_refusals_citations_and_parts_without_a_noun() -> None:
    cited = CitationDelta(Citation(url="https://h", title="T", quote="q"))
    own = CitationDelta(Citation(wire="anthropic", extras={"type": "char_location"}))
    opaque = OpaqueDelta("anthropic", {"type": "server_tool_use", "id": "s"})
    made = MessageEvents("msg_1", None)
    deltas = [TextDelta("a"), cited, own, opaque, OpaqueDelta("openai-responses", {"type": "x"})]
    events = [event for delta in deltas for event in made.of(delta)]
    assert made.omitted == ["x"]
    text, server = content_of([*made.begin(), *events])
    assert [citation["type"] for citation in text["citations"]] == [
        "web_search_result_location", "char_location",
    ]  # fmt: skip
    assert server == {"type": "server_tool_use", "id": "s"}
    ended = events_of(RefusalDelta("I will not."))
    assert ended[-2]["delta"]["stop_reason"] == "refusal"
    assert content_of(ended) == [{"type": "text", "text": "I will not."}]


def test_going_on_behind_blocks_from_elsewhere() -> None:
    made = MessageEvents("msg_1", None)
    made.go_on(3, "text")
    assert [event["index"] for event in made.of(TextDelta("x"))] == [2]
    other = MessageEvents("msg_1", None)
    other.go_on(3, "server_tool_use")
    assert [(e["type"], e["index"]) for e in other.of(TextDelta("x"))] == [
        ("content_block_stop", 2), ("content_block_start", 3), ("content_block_delta", 3),
    ]  # fmt: skip


CALL_DELTAS = st.builds(
    ToolCallDelta, st.integers(0, 2), st.just("id"), st.just("f"),
    st.sampled_from(["", "{", "}", "{}", '{"a":', "1}"]),
)  # fmt: skip
DELTAS = st.lists(
    st.builds(TextDelta, st.sampled_from(["", "a", "ü\n"]))
    | st.builds(ThinkingDelta, st.sampled_from(["", "t"]), st.sampled_from(["", "s"]))
    | st.builds(lambda data: ThinkingDelta("", redacted=data), st.just("r"))
    | CALL_DELTAS
    | st.just(PartEnd())
    | st.just(RefusalDelta("no"))
    | st.just(CitationDelta(Citation(url="u")))
    | st.builds(OpaqueDelta, st.sampled_from(["anthropic", "x"]), st.just({"type": "y"})),
    max_size=14,
)


@given(DELTAS)
def test_any_deltas_give_a_stream_in_order(deltas: list[Spoken]) -> None:
    events = events_of(*deltas)
    opened: set[int] = set()
    seen: set[int] = set()
    for event in events:
        index = event.get("index")
        if event["type"] == "content_block_start":
            assert index == len(seen)
            seen.add(index)
            opened.add(index)
        elif event["type"] == "content_block_delta":
            assert index in opened
        elif event["type"] == "content_block_stop":
            opened.remove(index)
    assert not opened
    texts = "".join(d.text for d in deltas if isinstance(d, (TextDelta, RefusalDelta)))
    content = content_of(events)
    assert "".join(b["text"] for b in content if b["type"] == "text") == texts
    assert all(isinstance(b["input"], dict) for b in content if b["type"] == "tool_use")
