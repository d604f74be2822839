"""Every event and block that Anthropic sends, as deltas."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.read import MessageReader, spoken_tokens
from homeport.adapters.anthropic.tools import Unwrapped
from homeport.adapters.base import (
    CitationDelta,
    OpaqueDelta,
    PartEnd,
    Spoken,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from support.recordings import for_each, load, recordings

RECORDED = recordings("anthropic-messages")
WHOLE = [p for p in RECORDED if isinstance(load(p)["response"]["body"], dict)]
STREAMS = [p for p in RECORDED if isinstance(load(p)["response"]["body"], str)]


def said(reader: MessageReader, *events: dict[str, Any]) -> list[Spoken]:
    return [delta for event in events for delta in reader.read(json.dumps(event).encode())]


def begin(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def more(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def blocks_of(deltas: list[Spoken]) -> list[dict[str, Any]]:
    """The content as a whole answer has it, made of deltas."""
    blocks: list[dict[str, Any]] = []
    open_block: dict[str, Any] | None = None

    def current(kind: str, **fields: Any) -> dict[str, Any]:
        nonlocal open_block
        if open_block is None:
            open_block = {"type": kind, **fields}
            blocks.append(open_block)
        return open_block

    for delta in deltas:
        if isinstance(delta, TextDelta):
            current("text", text="")["text"] += delta.text
        elif isinstance(delta, CitationDelta):
            block = current("text", text="")
            block.setdefault("citations", []).append(delta.citation.extras)
        elif isinstance(delta, ThinkingDelta) and delta.redacted:
            current("redacted_thinking", data=delta.redacted)
        elif isinstance(delta, ThinkingDelta):
            block = current("thinking", thinking="", signature="")
            block["thinking"] += delta.text
            block["signature"] += delta.signature
        elif isinstance(delta, ToolCallDelta):
            fields = {"id": delta.id, "name": delta.name, "json": "", **delta.extras}
            current("tool_use", **fields)["json"] += delta.arguments
        elif isinstance(delta, OpaqueDelta):
            open_block = delta.value
            blocks.append(open_block)
        elif isinstance(delta, PartEnd):
            if open_block is not None and "json" in open_block:
                open_block["input"] = json.loads(open_block.pop("json"))
            open_block = None
    return blocks


@for_each(WHOLE)
def test_recorded_answers_lose_nothing(path: Path) -> None:
    response = load(path)["response"]
    body = response["body"]
    reader = MessageReader()
    if response["status"] != 200:
        with pytest.raises(UpstreamError):
            reader.read_whole(json.dumps(body).encode())
        return
    deltas = reader.read_whole(json.dumps(body).encode())
    # An empty text has nothing to be told by.
    content = [block for block in body["content"] if block != {"type": "text", "text": ""}]
    for block in content:
        if block.get("citations") is None:
            block.pop("citations", None)
    assert blocks_of(deltas) == content
    finish = reader.finish()
    assert reader.ended
    assert (finish.raw_reason, finish.id, finish.model) == (
        body["stop_reason"], body["id"], body["model"],
    )  # fmt: skip
    assert finish.usage.extras == body["usage"]
    assert finish.usage.output is not None


@for_each(STREAMS)
def test_recorded_streams_lose_nothing(path: Path) -> None:
    reader = MessageReader()
    events = [
        line[5:].encode()
        for line in load(path)["response"]["body"].splitlines()
        if line.startswith("data:")
    ]
    deltas = [delta for event in events for delta in reader.read(event)]
    told = [json.loads(event).get("delta") or {} for event in events]
    assert reader.ended
    for kind, field in (("text_delta", "text"), ("thinking_delta", "thinking")):
        noun = TextDelta if kind == "text_delta" else ThinkingDelta
        sent = "".join(delta[field] for delta in told if delta.get("type") == kind)
        assert "".join(d.text for d in deltas if isinstance(d, noun)) == sent
    signed = [delta["signature"] for delta in told if delta.get("type") == "signature_delta"]
    assert [d.signature for d in deltas if isinstance(d, ThinkingDelta) and d.signature] == signed
    starts = sum(json.loads(event)["type"] == "content_block_start" for event in events)
    assert sum(isinstance(delta, PartEnd) for delta in deltas) == starts


def test_parallel_calls_thinking_and_what_has_no_noun() -> None:
    reader = MessageReader()
    deltas = said(
        reader,
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}},
        begin(0, type="thinking", thinking="", signature=""),
        more(0, type="thinking_delta", thinking="hm"),
        more(0, type="signature_delta", signature="sig"),
        stop(0),
        begin(1, type="redacted_thinking", data="xyz"),
        stop(1),
        {"type": "ping"},
        {"type": "a_later_kind", "index": 9},
        begin(2, type="tool_use", id="t1", name="f", input={}, caller={"type": "direct"}),
        more(2, type="input_json_delta", partial_json=""),
        more(2, type="input_json_delta", partial_json='{"a":'),
        more(2, type="input_json_delta", partial_json=" 1}"),
        stop(2),
        begin(3, type="tool_use", id="t2", name="g", input={}),
        stop(3),
        begin(4, type="server_tool_use", id="s", name="web_search", input={}),
        more(4, type="input_json_delta", partial_json='{"query": "x"}'),
        stop(4),
        begin(5, type="compaction", content=None),
        more(5, type="compaction_delta", content="so "),
        more(5, type="compaction_delta", content="far"),
        stop(5),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"},
         "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    )  # fmt: skip
    assert deltas == [
        ThinkingDelta("hm"),
        ThinkingDelta("", "sig"),
        PartEnd(),
        ThinkingDelta("", redacted="xyz"),
        PartEnd(),
        ToolCallDelta(0, "t1", "f", extras={"caller": {"type": "direct"}}),
        ToolCallDelta(0, arguments='{"a":'),
        ToolCallDelta(0, arguments=" 1}"),
        PartEnd(),
        ToolCallDelta(1, "t2", "g"),
        ToolCallDelta(1, arguments="{}"),
        PartEnd(),
        OpaqueDelta(
            "anthropic",
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
        ),
        PartEnd(),
        OpaqueDelta("anthropic", {"type": "compaction", "content": "so far"}),
        PartEnd(),
    ]
    finish = reader.finish()
    assert (finish.reason, finish.raw_reason, finish.wire) == (
        "tool_calls",
        "tool_use",
        "anthropic",
    )
    assert (finish.usage.input, finish.usage.output) == (1, 7)
    assert spoken_tokens(deltas) == 10


def test_a_cited_text() -> None:
    cited = {
        "type": "web_search_result_location", "url": "https://h", "title": "T",
        "cited_text": "q", "encrypted_index": "e",
    }  # fmt: skip
    deltas = said(
        MessageReader(),
        begin(0, type="text", text="", citations=[]),
        more(0, type="citations_delta", citation=cited),
        more(0, type="text_delta", text="So."),
    )
    assert isinstance(deltas[0], CitationDelta)
    citation = deltas[0].citation
    assert (citation.url, citation.title, citation.quote) == ("https://h", "T", "q")
    assert citation.extras == cited
    assert deltas[1:] == [TextDelta("So.")]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("a_later_word", "stop"),
    ],
)
def test_reasons(word: str, reason: str) -> None:
    reader = MessageReader()
    end = {"stop_reason": word, "stop_sequence": "END", "stop_details": {"type": "refusal"}}
    said(reader, {"type": "message_delta", "delta": end}, {"type": "message_stop"})
    finish = reader.finish()
    assert (finish.reason, finish.raw_reason, finish.stop_sequence) == (reason, word, "END")
    assert finish.extras == {"stop_details": {"type": "refusal"}}
    assert finish.usage.certain is False


@pytest.mark.parametrize(("word", "reason"), [("end_turn", "tool_calls"), ("pause_turn", "stop")])
def test_a_call_in_a_turn_that_ends_in_other_words(word: str, reason: str) -> None:
    reader = MessageReader()
    end = {"type": "message_delta", "delta": {"stop_reason": word}}
    call = begin(0, type="tool_use", id="t", name="f", input={"a": 1})
    deltas = said(reader, call, stop(0), end, {"type": "message_stop"})
    assert [d.arguments for d in deltas if isinstance(d, ToolCallDelta)] == ["", '{"a":1}']
    assert (reader.finish().reason, reader.finish().raw_reason) == (reason, word)


def test_a_whole_answer_whose_error_is_null() -> None:
    reader = MessageReader()
    body = {"type": "message", "content": [{"type": "text", "text": "x"}], "error": None,
            "stop_reason": "end_turn"}  # fmt: skip
    assert reader.read_whole(json.dumps(body).encode()) == [TextDelta("x"), PartEnd()]


def test_without_a_reason_or_the_last_event_it_has_not_ended() -> None:
    reader = MessageReader()
    said(reader, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}})
    assert not reader.ended
    other = MessageReader()
    said(other, {"type": "message_stop"})
    assert not other.ended


@pytest.mark.parametrize(
    ("kind", "code"), [("overloaded_error", 529), ("invalid_request_error", 400), ("x", None)]
)
def test_an_error_has_the_status_of_its_type(kind: str, code: int | None) -> None:
    with pytest.raises(UpstreamError) as caught:
        said(MessageReader(), {"type": "error", "error": {"type": kind, "message": "m"}})
    assert caught.value.error.get("code") == code


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 5000])
def test_what_is_no_event_is_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        MessageReader().read(data)


def test_more_of_nothing_is_garbage() -> None:
    with pytest.raises(Garbage):
        said(MessageReader(), more(3, type="text_delta", text="x"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "input", "usage", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["message_start", "content_block_start", "content_block_delta", "content_block_stop",
             "message_delta", "message_stop", "ping", "error", "x"]
        ),
    },
    optional={
        "index": st.integers(0, 2) | JSON,
        "message": st.dictionaries(st.sampled_from(["id", "usage", "model"]), JSON) | JSON,
        "content_block": st.fixed_dictionaries(
            {"type": st.sampled_from(["text", "thinking", "tool_use", "redacted_thinking", "x"])},
            optional={"text": JSON, "input": JSON, "name": JSON, "citations": JSON},
        ),
        "delta": st.fixed_dictionaries(
            {"type": st.sampled_from(
                ["text_delta", "input_json_delta", "citations_delta", "thinking_delta", "x"])},
            optional={"text": JSON, "partial_json": JSON, "citation": JSON, "stop_reason": JSON},
        ),
        "usage": JSON,
    },
)  # fmt: skip


@given(st.lists(EVENTS, max_size=12), st.sampled_from(["", " ", "\n\n"]))
def test_any_events_are_survived(events: list[dict[str, Any]], tail: str) -> None:
    reader = MessageReader(Unwrapped("answer", "answer", frozenset({"f"})), tail)
    try:
        said(reader, *events)
    except (Garbage, UpstreamError):
        return
    reader.finish()


@pytest.mark.parametrize("edges", [(0, 3, 9, 12), (0, 12), tuple(range(13))])
@pytest.mark.parametrize("field", ["", "answer"])
def test_an_answer_that_is_a_tools_input_is_read_as_text(edges: Any, field: str) -> None:
    reader = MessageReader(Unwrapped("answer", field))
    text = '{"answer":[]}'
    deltas = said(
        reader,
        begin(0, type="tool_use", id="t", name="answer", input={}),
        *(more(0, type="input_json_delta", partial_json=text[a:b])
          for a, b in pairwise((*edges[:-1], len(text)))),
        stop(0),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    )  # fmt: skip
    told = "".join(d.text for d in deltas if isinstance(d, TextDelta))
    assert told == ("[]" if field else text)
    assert not any(isinstance(d, ToolCallDelta) for d in deltas)
    assert reader.finish().reason == "stop"


def test_a_tool_that_takes_text() -> None:
    deltas = said(
        MessageReader(Unwrapped(text_tools=frozenset({"patch"}))),
        begin(0, type="tool_use", id="t", name="patch", input={}),
        more(0, type="input_json_delta", partial_json='{"input": "*** '),
        more(0, type="input_json_delta", partial_json='Begin"}'),
        stop(0),
    )
    assert deltas == [
        ToolCallDelta(0, "t", "patch", extras={"type": "custom"}),
        ToolCallDelta(0, arguments="*** Begin"),
        PartEnd(),
    ]


@pytest.mark.parametrize(
    ("tail", "pieces", "told"),
    [
        (" ", [" world"], "world"),
        (" ", ["world"], "world"),
        ("\n\n", ["\n", "\n", "- x"], "- x"),
        ("\n\n", ["\n", "x"], "x"),
        ("\n", ["\n\nx"], "\nx"),
        ("", [" x"], " x"),
    ],
)
def test_space_that_was_said_already_is_not_said_again(
    tail: str, pieces: list[str], told: str
) -> None:
    reader = MessageReader(tail=tail)
    deltas = said(
        reader,
        begin(0, type="text", text=""),
        *(more(0, type="text_delta", text=piece) for piece in pieces),
    )
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == told
