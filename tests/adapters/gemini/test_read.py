"""Every recorded answer is read with nothing lost, and what Gemini may yet send is understood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    OpaqueDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
)
from homeport.adapters.gemini.errors import Broken
from homeport.adapters.gemini.read import GenerateReader, merged
from homeport.adapters.gemini.stream import StreamedAnswer
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from support.recordings import for_each, load, recordings

ANSWERS = recordings("gemini-generate", "gemini-stream")
STREAMS = recordings("gemini-stream")


def chunks_of(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, str):
        return [body]
    return [json.loads(line[5:]) for line in body.splitlines() if line.startswith("data:")]


def read_all(body: Any) -> tuple[list[Delta], StreamedAnswer]:
    answer = StreamedAnswer(whole_body=not isinstance(body, str))
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return answer.feed(data) + answer.end(), answer


def read_chunks(*chunks: Any) -> tuple[list[Delta], GenerateReader]:
    reader = GenerateReader()
    deltas = [delta for chunk in chunks for delta in reader.read(json.dumps(chunk).encode())]
    return deltas, reader


def answer(*parts: dict[str, Any], reason: str = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts)}, "finishReason": reason, **more}
    return {"candidates": [candidate], "responseId": "r"}


Item = tuple[str, Any]


def said_by_wire(chunks: list[dict[str, Any]]) -> list[Item]:
    """What the parts say, in order, neighbouring pieces of text made one."""
    items: list[Item] = []
    for chunk in chunks:
        for part in chunk["candidates"][0]["content"].get("parts", ()):
            items += part_items(part)
    return joined(items)


def part_items(part: dict[str, Any]) -> Iterator[Item]:
    signature = part.get("thoughtSignature")
    if "functionCall" in part:
        call = part["functionCall"]
        yield "call", (call.get("id"), call["name"], call.get("args"), signature)
    elif set(part) <= {"text", "thought", "thoughtSignature"}:
        yield ("thought" if part.get("thought") else "text"), part.get("text", "")
        if signature:
            yield "signature", signature
    else:
        yield "opaque", part


def said_by_deltas(deltas: list[Delta], *, ids: set[str | None]) -> list[Item]:
    items: list[Item] = []
    for delta in deltas:
        if isinstance(delta, TextDelta):
            items.append(("text", delta.text))
        elif isinstance(delta, ThinkingDelta):
            items.append(("thought", delta.text))
            if delta.signature:
                assert delta.signature.startswith("gemini:")
                items.append(("signature", delta.signature.removeprefix("gemini:")))
        elif isinstance(delta, ToolCallDelta):
            known = delta.id if delta.id in ids else None
            signature = delta.extras.get("thoughtSignature")
            items.append(("call", (known, delta.name, json.loads(delta.arguments), signature)))
        elif isinstance(delta, OpaqueDelta):
            items.append(("opaque", delta.value))
    return joined(items)


def joined(items: list[Item]) -> list[Item]:
    rows: list[Item] = []
    for kind, value in items:
        if kind in ("text", "thought"):
            if not value:
                continue
            if rows and rows[-1][0] == kind:
                rows[-1] = (kind, rows[-1][1] + value)
                continue
        rows.append((kind, value))
    return rows


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value at the end of a path; the items of a list share theirs."""
    rows = value.items() if isinstance(value, dict) else [("[]", item) for item in value or ()]
    for name, inner in rows:
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, name))
        else:
            yield (*path, name), inner


@for_each(ANSWERS)
def test_every_leaf_of_a_recorded_answer_is_accounted_for(path: Path) -> None:
    body = load(path)["response"]["body"]
    chunks = chunks_of(body)
    deltas, read = read_all(body)
    assert read.trouble is None
    finish = read.reader.finish()
    calls = [item for item in said_by_wire(chunks) if item[0] == "call"]
    ids = {call[0] for _, call in calls}
    # 1. the parts, in their order
    assert said_by_deltas(deltas, ids=ids) == said_by_wire(chunks)
    # 2. what has a noun beside the parts
    last = chunks[-1]
    assert finish.raw_reason == last["candidates"][0]["finishReason"]
    assert finish.model == last["modelVersion"]
    assert finish.id == last["responseId"]
    assert finish.usage.extras == last["usageMetadata"]
    assert finish.usage.certain == (finish.usage.searches is None)
    # 3. everything else
    kept = set(map(repr, leaves(finish.extras)))
    for chunk in chunks:
        candidate = {**chunk["candidates"][0]}
        rest = {name: value for name, value in chunk.items() if name not in NAMED}
        for name in ("content", "finishReason", "index"):
            candidate.pop(name, None)
        for leaf in (*leaves(rest), *leaves(candidate)):
            assert repr(leaf) in kept


NAMED = {"candidates", "modelVersion", "responseId", "usageMetadata"}


@for_each(ANSWERS)
def test_recorded_citations_point_at_what_they_quote(path: Path) -> None:
    deltas, _ = read_all(load(path)["response"]["body"])
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    for delta in deltas:
        if isinstance(delta, CitationDelta) and delta.citation.quote:
            citation = delta.citation
            assert text[citation.start : citation.end] == citation.quote


@for_each(STREAMS)
def test_a_recorded_stream_reads_the_same_however_it_is_cut(path: Path) -> None:
    data = load(path)["response"]["body"].encode()
    whole, _ = read_all(data.decode())

    @settings(max_examples=25)
    @given(st.lists(st.integers(0, len(data)), max_size=12))
    def cut_anywhere(cuts: list[int]) -> None:
        read = StreamedAnswer()
        places = [0, *sorted(cuts), len(data)]
        pieces = [data[a:b] for a, b in pairwise(places)]
        deltas = [delta for piece in pieces for delta in read.feed(piece)] + read.end()
        assert deltas == whole
        assert read.trouble is None
        assert read.reader.ended

    cut_anywhere()


def test_every_single_cut_gives_the_same_answer() -> None:
    chunks = [answer({"text": "Grüße 👋"}, reason=""), answer({"functionCall": {"name": "f"}})]
    data = b"".join(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks)
    whole, _ = read_all(data.decode())
    for cut in range(len(data) + 1):
        read = StreamedAnswer()
        assert read.feed(data[:cut]) + read.feed(data[cut:]) + read.end() == whole


def test_calls_are_whole_and_have_ids() -> None:
    first = {"functionCall": {"name": "f", "args": {"a": [1]}}, "thoughtSignature": "s"}
    second = {"functionCall": {"name": "g", "id": "given"}}
    deltas, reader = read_chunks(answer(first, second))
    assert deltas == [
        ToolCallDelta(0, "call_r_0", "f", '{"a":[1]}', {"thoughtSignature": "s"}),
        ToolCallDelta(1, "given", "g", "{}"),
    ]
    assert reader.finish().reason == "tool_calls"


def test_text_counts_the_tokens_that_gemini_counted() -> None:
    chunks: list[dict[str, Any]] = [answer({"text": word}, reason="") for word in "abc"]
    for chunk, count in zip(chunks, (5, 12, 12), strict=True):
        chunk["usageMetadata"] = {"candidatesTokenCount": count}
    deltas, _ = read_chunks(*chunks)
    assert [delta.tokens for delta in deltas if isinstance(delta, TextDelta)] == [5, 7, 1]


def test_logprobs() -> None:
    result = {
        "chosenCandidates": [{"token": "a", "tokenId": 1, "logProbability": -0.5}],
        "topCandidates": [{"candidates": [{"token": "b", "logProbability": -1.5}]}],
    }
    deltas, reader = read_chunks(answer({"text": "a"}, logprobsResult=result))
    assert deltas == [TextDelta("a", 1, (TokenLogprob("a", -0.5, (("b", -1.5),)),))]
    assert reader.finish().extras["logprobsResult"] == [result]


def test_a_signature_of_text_follows_it_without_words() -> None:
    deltas, _ = read_chunks(answer({"text": "hi", "thoughtSignature": "s"}))
    assert deltas == [TextDelta("hi"), ThinkingDelta("", "gemini:s")]


def test_parts_that_only_gemini_has_go_on_as_they_came() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thoughtSignature": "s"}
    odd = {"text": "x", "videoMetadata": {"fps": 1}}
    deltas, _ = read_chunks(answer(picture, odd))
    assert deltas == [OpaqueDelta("gemini", picture), OpaqueDelta("gemini", odd)]


@pytest.mark.parametrize(
    ("reason", "meant"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"),
        ("LANGUAGE", "content_filter"),
        ("SOMETHING_NEW", "stop"),
    ],
)
def test_reasons(reason: str, meant: str) -> None:
    _, reader = read_chunks(answer({"text": "x"}, reason=reason))
    assert reader.finish().reason == meant
    assert reader.finish().raw_reason == reason


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("MALFORMED_FUNCTION_CALL", "overloaded"),
        ("UNEXPECTED_TOOL_CALL", "overloaded"),
        ("OTHER", "overloaded"),
        ("MISSING_THOUGHT_SIGNATURE", "rejected"),
    ],
)
def test_an_answer_that_broke_is_no_answer(reason: str, kind: str) -> None:
    with pytest.raises(Broken) as caught:
        read_chunks(answer({"text": "x"}, reason=reason))
    assert caught.value.kind == kind


@pytest.mark.parametrize(("word", "shown"), [("SAFETY", "SAFETY"), ("the prompt itself", "")])
def test_a_blocked_prompt(word: str, shown: str) -> None:
    with pytest.raises(Broken) as caught:
        read_chunks({"promptFeedback": {"blockReason": word}})
    assert (caught.value.kind, caught.value.reason) == ("content_refused", shown)


@pytest.mark.parametrize(
    "chunk",
    [
        "text",
        1,
        {"candidates": "x"},
        {"candidates": ["x"]},
        {"candidates": [{"content": {"parts": "x"}}]},
        {"candidates": [{"content": {"parts": ["x"]}}]},
        {"candidates": [{"content": {"parts": [{"text": 1}]}}]},
    ],
)
def test_what_is_no_answer_is_garbage(chunk: Any) -> None:
    with pytest.raises(Garbage):
        read_chunks(chunk)


def test_an_error_in_a_list() -> None:
    with pytest.raises(UpstreamError):
        read_chunks([{"error": {"code": 503}}])


@pytest.mark.parametrize(
    ("model", "queries", "searches"),
    [
        ("gemini-2.5-flash", ["a", "b"], 1),
        ("gemini-3-flash-preview", ["a", "b"], 2),
        ("gemini-3-flash-preview", [], None),
    ],
)
def test_searches_are_counted_as_google_charges_them(
    model: str, queries: list[str], searches: int | None
) -> None:
    chunk = answer({"text": "x"}, groundingMetadata={"webSearchQueries": queries})
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1}
    _, reader = read_chunks(chunk | {"modelVersion": model, "usageMetadata": usage})
    found = reader.finish().usage
    assert (found.searches, found.certain) == (searches, searches is None)


def test_other_candidates_are_left_aside() -> None:
    other = {"index": 1, "content": {"parts": [{"text": "no"}]}, "finishReason": "STOP"}
    deltas, reader = read_chunks({"candidates": [other]})
    assert deltas == []
    assert not reader.ended


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_anything_is_read_or_garbage(value: Any) -> None:
    reader = GenerateReader()
    try:
        reader.read(json.dumps({"candidates": [value]}).encode())
        reader.read(json.dumps(value).encode())
    except (Garbage, UpstreamError):
        return


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        (None, {"a": 1}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": [1]}, {"a": [1, 2], "b": 3}, {"a": [1, 2], "b": 3}),
        (1, 2, 2),
        (1, None, 1),
    ],
)
def test_what_two_chunks_say_is_put_together(old: Any, new: Any, both: Any) -> None:
    assert merged(old, new) == both
