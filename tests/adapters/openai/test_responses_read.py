"""Every recorded answer of the Responses wire is read whole, and odd ones are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.openai.responses_read import ResponseReader
from homeport.adapters.openai.stream import StreamedAnswer, WholeAnswer, WiredAnswer
from support.recordings import for_each, load, recordings

RECORDED = recordings("openai-responses")
ANSWERED = [path for path in RECORDED if load(path)["response"]["status"] == 200]
STREAMS = [path for path in ANSWERED if isinstance(load(path)["response"]["body"], str)]


def is_whole(body: Any) -> bool:
    if isinstance(body, str):
        return "response.completed" in body
    return bool(body.get("output")) and body.get("status") != "failed"


def read_all(body: Any) -> tuple[list[Delta], StreamedAnswer]:
    kind = StreamedAnswer if isinstance(body, str) else WholeAnswer
    answer = kind(ResponseReader())
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    deltas = answer.feed(data)
    if not answer.whole:
        deltas += answer.end()
    return deltas, answer


def response_of(body: Any) -> dict[str, Any]:
    if not isinstance(body, str):
        return dict(body)
    lines = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
    last: dict[str, Any] = lines[-1]["response"]
    return last


def words(item: dict[str, Any]) -> str:
    parts = [*item.get("content", ())]
    return "".join(part.get("text", "") for part in parts)


@for_each(ANSWERED)
def test_every_recorded_answer_is_read_whole(path: Path) -> None:
    body = load(path)["response"]["body"]
    if not is_whole(body):
        return
    response = response_of(body)
    deltas, answer = read_all(body)
    assert answer.whole
    finish = answer.reader.finish()
    output = response["output"]
    messages = [item for item in output if item["type"] == "message"]
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == "".join(
        map(words, messages)
    )
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        if isinstance(delta, ToolCallDelta):
            known = calls.setdefault(delta.index, [delta.id, delta.name, ""])
            known[2] += delta.arguments
    told = [i for i in output if i["type"] in ("function_call", "custom_tool_call")]
    assert list(calls.values()) == [[i["call_id"], i["name"], i["arguments"]] for i in told]
    sealed = [i for i in output if i.get("encrypted_content") and i["type"] == "reasoning"]
    # A stream ends with the same reasoning, encrypted once more.
    assert len([d for d in deltas if isinstance(d, ThinkingDelta) and d.redacted]) == len(sealed)
    kinds = ("message", "reasoning", "function_call", "custom_tool_call")
    others = [i for i in output if i["type"] not in kinds]
    assert [d.value for d in deltas if isinstance(d, OpaqueDelta)] == others
    assert finish.reason == ("tool_calls" if told else "stop") or finish.raw_reason != "completed"
    assert finish.usage.input == response["usage"]["input_tokens"]
    assert (finish.id, finish.model) == (response["id"], response["model"])


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{at}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, f"{at}[]")
    elif value not in (None, ""):
        yield at, value


@for_each(ANSWERED)
def test_nothing_of_a_recorded_answer_is_lost(path: Path) -> None:
    body = load(path)["response"]["body"]
    if not is_whole(body):
        return
    _, answer = read_all(body)
    kept = [value for _, value in leaves(msgspec.to_builtins(answer.reader.finish()))]
    for at, value in leaves(response_of(body)):
        assert re.fullmatch(r"\.object", at) or value in kept, (at, value)


@for_each(STREAMS)
@pytest.mark.parametrize("size", [1, 23, 8192])
def test_recorded_streams_go_through(path: Path, size: int) -> None:
    body = load(path)["response"]["body"]
    if not is_whole(body):
        return
    whole, _ = read_all(body)
    answer = WiredAnswer(ResponseReader())
    deltas: list[Delta] = []
    data = body.encode()
    for start in range(0, len(data), size):
        if not answer.whole:
            deltas += answer.feed(data[start : start + size])
    assert answer.whole
    wired = [delta for delta in deltas if isinstance(delta, Wired)]
    assert b"".join(w.data for w in wired) + answer.ending == data.rstrip() + b"\n\n"
    assert [spoken for w in wired for spoken in w.deltas] == whole
    assert b"response.completed" in answer.ending


def event(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": f"response.{kind}", **fields}).encode()


def told(*events: bytes) -> list[Delta]:
    reader = ResponseReader()
    return [delta for data in events for delta in reader.read(data)]


def test_reasoning_in_parts() -> None:
    item = {"type": "reasoning", "id": "rs1", "encrypted_content": "zz", "summary": []}
    place = {"output_index": 0, "item_id": "rs1"}
    assert told(
        event("output_item.added", output_index=0, item=item),
        event("reasoning_summary_part.added", summary_index=0, **place),
        event("reasoning_summary_text.delta", delta="a", summary_index=0, **place),
        event("reasoning_summary_part.added", summary_index=1, **place),
        event("reasoning_summary_text.delta", delta="b", summary_index=1, **place),
        event("output_item.done", output_index=0, item=item),
    ) == [
        ThinkingDelta("a", id="rs1"),
        ThinkingDelta("\n\n", id="rs1"),
        ThinkingDelta("b", id="rs1"),
        ThinkingDelta("", redacted="zz", id="rs1"),
        PartEnd(),
    ]


def test_a_custom_call_and_a_tool_of_the_provider() -> None:
    call = {"type": "custom_tool_call", "id": "ctc", "call_id": "c", "name": "sh", "input": ""}
    search = {"type": "web_search_call", "id": "ws", "status": "completed"}
    assert told(
        event("output_item.added", output_index=0, item=call),
        event("custom_tool_call_input.delta", output_index=0, delta="ls"),
        event("output_item.done", output_index=0, item={**call, "input": "ls"}),
        event("web_search_call.searching", output_index=1),
        event("output_item.done", output_index=1, item=search),
    ) == [
        ToolCallDelta(0, "c", "sh", extras={"id": "ctc", "type": "custom"}),
        ToolCallDelta(0, arguments="ls"),
        PartEnd(),
        OpaqueDelta("openai-responses", search),
    ]


def test_sources_refusals_and_logprobs() -> None:
    note = {"type": "url_citation", "url": "u", "title": "t", "start_index": 0, "end_index": 3}
    token = {"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2}]}
    text, cited, refused = told(
        event("output_text.delta", output_index=0, delta="a", logprobs=[token]),
        event("output_text.annotation.added", output_index=0, annotation=note),
        event("refusal.delta", output_index=1, delta="no"),
    )
    assert text == TextDelta("a", 1, (TokenLogprob("a", -1.0, (("b", -2.0),)),))
    assert isinstance(cited, CitationDelta)
    assert (cited.citation.url, cited.citation.end) == ("u", 3)
    assert refused == RefusalDelta("no")


@pytest.mark.parametrize(
    ("why", "reason"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("new", "length")],
)
def test_answers_that_are_cut_short(why: str, reason: str) -> None:
    reader = ResponseReader()
    response = {"id": "r", "status": "incomplete", "incomplete_details": {"reason": why}}
    reader.read(event("incomplete", response=response))
    assert reader.ended
    assert (reader.finish().reason, reader.finish().raw_reason) == (reason, why)


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"error","code":"server_error","message":"m"}',
        b'{"type":"response.failed","response":{"status":"failed","error":{"code":"x"}}}',
        b'{"error":{"message":"m"}}',
        b'{"object":"response","status":"failed","output":[],"error":{"code":"x"}}',
    ],
)
def test_errors(data: bytes) -> None:
    with pytest.raises(UpstreamError):
        ResponseReader().read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":3}',
        b'{"object":"response","status":"completed"}',
        b'{"type":"response.output_text.delta","delta":3}',
        b'{"type":"response.function_call_arguments.delta","delta":"x","output_index":9}',
    ],
)
def test_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        ResponseReader().read(data)


@pytest.mark.parametrize("said", [None, [], 3])
def test_a_usage_that_is_none_is_unknown(said: object) -> None:
    reader = ResponseReader()
    reader.read(msgspec.json.encode({"type": "response.created", "response": {"usage": said}}))
    assert reader.usage == Usage(certain=False)


def test_what_was_charged_and_what_a_total_adds_are_read() -> None:
    raw = {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 14,
        "cost_in_usd_ticks": 37_756_001,
    }
    reader = ResponseReader()
    reader.read(msgspec.json.encode({"type": "response.created", "response": {"usage": raw}}))
    assert reader.usage == Usage(
        input=9, cache_read=4, output=5, reasoning=3, cost_nano=3_775_601, extras=raw
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["completed", "output_item.done", "output_item.added", "output_text.delta", "content_part.done"]
)
FIELDS = st.sampled_from(["item", "response", "delta", "output_index", "logprobs", "annotation"])


@given(KINDS, st.dictionaries(FIELDS, JSON))
def test_whatever_comes_is_read_or_refused(kind: str, fields: dict[str, Any]) -> None:
    reader = ResponseReader()
    try:
        reader.read(event(kind, **fields))
    except (Garbage, UpstreamError):
        return
    assert isinstance(reader.finish(), Finish)
