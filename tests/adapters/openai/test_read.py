"""Every recorded answer is read whole, and odd dialects are understood."""

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
    Citation,
    CitationDelta,
    Delta,
    Finish,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.adapters.http.upstream_errors import Garbage, Upstream, UpstreamError
from homeport.adapters.openai.read import CompletionReader
from homeport.adapters.openai.stream import StreamedAnswer, WholeAnswer
from homeport.adapters.openai.usage import read_usage
from support.recordings import for_each, load, recordings

CHATS = recordings(
    "openai-chat",
    "groq-chat",
    "mistral-chat",
    "cerebras-chat",
    "deepseek-chat",
    "openrouter-chat",
    "together-chat",
    "zai-chat",
    "ollama-openai-chat",
)
ANSWERED = [path for path in CHATS if load(path)["response"]["status"] == 200]


class Told:
    """What a recording says, read plainly."""

    def __init__(self, parts: list[dict[str, Any]]) -> None:
        self.text = ""
        self.thinking = ""
        self.calls: dict[Any, list[str]] = {}
        self.reason = ""
        self.usage: dict[str, Any] = {}
        for part in parts:
            self.usage = part.get("usage") or self.usage
            for choice in part.get("choices") or ():
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        piece = choice.get("delta") or choice.get("message") or {}
        content = piece.get("content") or ""
        if isinstance(content, list):
            self.text += "".join(p.get("text", "") for p in content if p["type"] == "text")
            thoughts = [t for p in content if p["type"] == "thinking" for t in p["thinking"]]
            self.thinking += "".join(t["text"] for t in thoughts)
        else:
            self.text += content
        self.thinking += piece.get("reasoning_content") or piece.get("reasoning") or ""
        for call in piece.get("tool_calls") or ():
            key = call.get("index", call.get("id"))
            known = self.calls.setdefault(key, ["", "", ""])
            known[0] = known[0] or call.get("id") or ""
            known[1] = known[1] or call["function"].get("name") or ""
            known[2] += call["function"].get("arguments") or ""
        self.reason = choice.get("finish_reason") or self.reason


def read_all(body: Any) -> tuple[list[Delta], StreamedAnswer]:
    answer: StreamedAnswer = StreamedAnswer() if isinstance(body, str) else WholeAnswer()
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    deltas = answer.feed(data)
    if not answer.whole:
        deltas += answer.end()
    return deltas, answer


def parts_of(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, str):
        return [body]
    lines = [line[5:].strip() for line in body.splitlines() if line.startswith("data:")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@for_each(ANSWERED)
def test_every_recorded_answer_is_read_whole(path: Path) -> None:
    body = load(path)["response"]["body"]
    parts = parts_of(body)
    told = Told(parts)
    deltas, answer = read_all(body)
    assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == told.text
    assert "".join(d.text for d in deltas if isinstance(d, ThinkingDelta)) == told.thinking
    if any(part.get("error") for part in parts):
        assert not answer.whole
        return
    assert answer.whole
    finish = answer.reader.finish()
    assert calls_of(deltas) == [tuple(call) for call in told.calls.values()]
    assert finish.reason == ("tool_calls" if told.calls and told.reason == "stop" else told.reason)
    assert finish.model == parts[0]["model"]
    if told.usage:
        assert finish.usage.input == told.usage["prompt_tokens"]
        assert finish.usage.output is not None
        assert finish.usage.output >= told.usage["completion_tokens"]
        assert finish.usage.extras == told.usage


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with its place, but for what is empty."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{at}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, f"{at}[]")
    elif value not in (None, ""):
        yield at, value


TOLD_OTHERWISE = re.compile(
    r"^\.(object|created|id|model|obfuscation)$|\.role$|^\.choices\[\]\.index$"
    r"|\.tool_calls\[\]\.(index|type)$|\.content\[\](\.thinking\[\])?\.type$"
)
"""Places that say what a noun of the model says by itself."""


@for_each(ANSWERED)
def test_nothing_of_a_recorded_answer_is_lost(path: Path) -> None:
    body = load(path)["response"]["body"]
    deltas, answer = read_all(body)
    if not answer.whole:
        return
    text = "".join(getattr(d, "text", "") for d in deltas if isinstance(d, TextDelta))
    rest = ["".join(getattr(d, "text", "") for d in deltas if not isinstance(d, TextDelta))]
    rest += ["".join(d.arguments for d in deltas if isinstance(d, ToolCallDelta))]
    finish = answer.reader.finish()
    kept = [v for _, v in leaves(msgspec.to_builtins([deltas, finish]))] + [text, *rest]
    words = "\n".join(value for value in kept if isinstance(value, str))
    for part in parts_of(body):
        for at, value in leaves(part):
            if not TOLD_OTHERWISE.search(at):
                found = value in words if isinstance(value, str) else value in kept
                assert found, (at, value)


def calls_of(deltas: list[Delta]) -> list[tuple[str, str, str]]:
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        if isinstance(delta, ToolCallDelta):
            call = calls.setdefault(delta.index, [delta.id, delta.name, ""])
            call[2] += delta.arguments
    return [(call[0], call[1], call[2]) for _, call in sorted(calls.items())]


@for_each([p for p in CHATS if p not in ANSWERED or "stream_error" in p.name])
def test_recorded_errors_become_failures(path: Path) -> None:
    response = load(path)["response"]
    who = Upstream("m", "provider", "host")
    body = response["body"]
    error = body if not isinstance(body, str) else parts_of(body)[-1]
    failure = (
        who.answered(response["status"], {}, error, now_s=0)
        if response["status"] != 200
        else who.said(error)
    ).failure
    assert failure.kind in ("missing", "rejected", "unsupported", "context_overflow")


def reader_of(*parts: dict[str, Any]) -> tuple[list[Delta], CompletionReader]:
    reader = CompletionReader()
    deltas = [delta for part in parts for delta in reader.read(json.dumps(part).encode())]
    return deltas, reader


def piece(**fields: Any) -> dict[str, Any]:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": fields}]}


def end(reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def call(index: int | None, call_id: str = "", name: str = "", arguments: Any = "") -> Any:
    raw: dict[str, Any] = {"function": {"arguments": arguments}}
    raw |= {"index": index} if index is not None else {}
    raw |= {"id": call_id} if call_id else {}
    raw["function"] |= {"name": name} if name else {}
    return raw


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        (
            [call(0, "a", "f", '{"x"'), call(0, arguments=":1}"), call(1, "b", "g", "{}")],
            [("a", "f", '{"x":1}'), ("b", "g", "{}")],
        ),
        # the id repeated in each piece
        ([call(0, "a", "f", "{"), call(0, "a", "f", "}")], [("a", "f", "{}")]),
        # every call under index 0
        ([call(0, "a", "f", "{}"), call(0, "b", "g", "{}")], [("a", "f", "{}"), ("b", "g", "{}")]),
        # no index
        (
            [call(None, "a", "f", "{"), call(None, arguments="}"), call(None, "b", "g", "{}")],
            [("a", "f", "{}"), ("b", "g", "{}")],
        ),
        # no id, arguments as an object
        ([call(None, "", "f", {"x": 1})], [("call_c_0", "f", '{"x":1}')]),
        # indexes that start elsewhere
        ([call(5, "a", "f", "{}"), call(7, "b", "g", "{}")], [("a", "f", "{}"), ("b", "g", "{}")]),
        # no index, the id repeated in each piece
        ([call(None, "a", "f", "{"), call(None, "a", "", "}")], [("a", "f", "{}")]),
        ([call(None, "a", "f", "{"), call(None, "a", "f", "}")], [("a", "f", "{}")]),
        # two at once, told apart by their ids alone
        (
            [
                *(call(None, "a", "f", "{"), call(None, "b", "g", "[")),
                *(call(None, "a", "", "}"), call(None, "b", "", "]")),
            ],
            [("a", "f", "{}"), ("b", "g", "[]")],
        ),
        # an index in the first piece alone
        ([call(4, "a", "f", "{"), call(None, arguments="}")], [("a", "f", "{}")]),
        # the name after the id, and after some arguments
        ([call(0, "a"), call(0, "", "f", "{"), call(0, arguments="}")], [("a", "f", "{}")]),
        ([call(0, arguments="{"), call(0, "a", "f", "}")], [("a", "f", "{}")]),
        # a place without a call
        ([call(0), call(1, "b", "g", "{}")], [("b", "g", "{}")]),
    ],
)
def test_tool_calls_of_all_dialects(calls: list[Any], told: list[Any]) -> None:
    deltas, reader = reader_of(*(piece(tool_calls=[one]) for one in calls), end("stop"))
    assert calls_of(deltas) == told
    assert reader.finish().reason == "tool_calls"
    assert reader.finish().raw_reason == "stop"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("content_filter", "content_filter"),
        ("MAX_TOKENS", "length"),
        ("model_context_window_exceeded", "length"),
        ("SAFETY", "content_filter"),
        ("something new", "stop"),
    ],
)
def test_finish_reasons(told: str, reason: str) -> None:
    _, reader = reader_of(piece(content="x"), end(told))
    assert reader.ended
    assert reader.finish().reason == reason


def test_logprobs() -> None:
    token = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}
    other = {"token": "Ho", "logprob": -1.5, "bytes": None}
    raw = piece(content="Hi")
    raw["choices"][0]["logprobs"] = {"content": [{**token, "top_logprobs": [token, other]}]}
    deltas, _ = reader_of(raw)
    top = (("Hi", -0.5), ("Ho", -1.5))
    assert deltas == [TextDelta("Hi", 1, (TokenLogprob("Hi", -0.5, top),))]


@pytest.mark.parametrize("strange", [{"tokens": ["a"]}, [1], "x", {"content": "no list"}])
def test_logprobs_of_another_shape_are_left_aside(strange: Any) -> None:
    raw = piece(content="Hi")
    raw["choices"][0]["logprobs"] = strange
    assert reader_of(raw)[0] == [TextDelta("Hi")]


def test_a_refusal_is_told_as_one() -> None:
    deltas, _ = reader_of(piece(refusal="I can"), piece(refusal="not."), end("stop"))
    assert deltas == [RefusalDelta("I can"), RefusalDelta("not.")]


def test_sources() -> None:
    source = {"url": "https://a", "title": "A", "start_index": 1, "end_index": 4, "content": "q"}
    entry = {"type": "url_citation", "url_citation": source}
    deltas, reader = reader_of(piece(content="x", annotations=[entry]), end("stop"))
    told = Citation("https://a", "A", "q", 1, 4, "openai-chat", entry)
    assert deltas == [TextDelta("x"), CitationDelta(told)]
    assert reader.finish().extras["message"] == {"annotations": [entry]}


def test_what_has_no_noun_travels_in_the_extras() -> None:
    first = piece(audio={"id": "a", "data": "AA", "transcript": "Hel"}, images=[{"url": "u"}])
    first["choices"][0] |= {"native_finish_reason": None, "content_filter_results": {"hate": 1}}
    last = end("stop")
    last["choices"][0] |= {"native_finish_reason": "STOP"}
    _, reader = reader_of(
        first,
        {"choices": [], "system_fingerprint": "fp", "provider": "P", "citations": ["c"]},
        piece(audio={"data": "BB", "transcript": "lo"}, images=[{"url": "v"}], mood="gl"),
        piece(mood="ad"),
        {"choices": [], "citations": ["c", "d"], "system_fingerprint": None},
        last,
    )
    assert reader.finish().extras == {
        "system_fingerprint": "fp",
        "provider": "P",
        "citations": ["c", "d"],
        "message": {
            "audio": {"id": "a", "data": "AABB", "transcript": "Hello"},
            "images": [{"url": "u"}, {"url": "v"}],
            "mood": "glad",
        },
        "choice": {"native_finish_reason": "STOP", "content_filter_results": {"hate": 1}},
    }


def test_raw_logprobs_are_kept_whole() -> None:
    one, two = piece(content="a"), piece(content="b")
    one["choices"][0]["logprobs"] = {"content": [{"token": "a", "logprob": -1, "bytes": [97]}]}
    two["choices"][0]["logprobs"] = {"content": [{"token": "b", "logprob": -2, "bytes": [98]}]}
    _, reader = reader_of(one, two, end("stop"))
    kept = reader.finish().extras["choice"]["logprobs"]["content"]
    assert [token["bytes"] for token in kept] == [[97], [98]]


def test_reasoning_that_stands_only_in_its_details() -> None:
    details = [{"type": "reasoning.text", "text": "hm", "signature": "s"}, {"data": "..."}]
    deltas, reader = reader_of(piece(reasoning_details=details), end("stop"))
    assert deltas == [ThinkingDelta("hm", "s"), ThinkingDelta("", redacted="...")]
    assert reader.finish().extras["message"]["reasoning_details"] == details


def test_reasoning_in_words_and_details() -> None:
    def detail(**fields: str) -> dict[str, Any]:
        return {"type": "reasoning.text", "index": 0, **fields}

    deltas, reader = reader_of(
        piece(content="", reasoning="h", reasoning_details=[detail(text="h")]),
        piece(content="", reasoning="m", reasoning_details=[detail(text="m")]),
        piece(content="", reasoning_details=[detail(signature="s")]),
        end("stop"),
    )
    assert deltas == [ThinkingDelta("h"), ThinkingDelta("m"), ThinkingDelta("", "s")]
    kept = reader.finish().extras["message"]["reasoning_details"]
    assert kept == [detail(text="hm", signature="s")]


def test_custom_tools() -> None:
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sh", "input": "ls"}}
    deltas, _ = reader_of(piece(tool_calls=[custom]), end("tool_calls"))
    assert deltas == [ToolCallDelta(0, "c", "sh", "ls", {"type": "custom"})]


WORDS = st.lists(
    st.sampled_from(["a", " b", "é", "日", '"', "\\", "\n", "\u200b", "content", "", "}"]),
    max_size=12,
)
ENDS = st.lists(st.sampled_from([None, None, None, "stop"]), min_size=12, max_size=12)


@given(words=WORDS, ends=ENDS, escaped=st.booleans())
def test_words_that_come_together_are_read_as_they_are_one_by_one(
    words: list[str], ends: list[str | None], escaped: bool
) -> None:
    events = []
    for word, end in zip(words, ends, strict=False):
        part = {"model": "m", "choices": [{"delta": {"content": word}, "finish_reason": end}]}
        text = json.dumps(part, ensure_ascii=escaped, separators=(",", ":"))
        events.append(f"data: {text}\n\n".encode())
    together, apart = StreamedAnswer(), StreamedAnswer()
    read = together.feed(b"".join(events))
    assert read == [delta for event in events for delta in apart.feed(event)]
    assert read == [TextDelta(word) for word in words if word]
    assert together.reader.ended is apart.reader.ended


def test_other_choices_are_not_mixed_in() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}}]}
    assert reader_of(other, piece(content="mine"))[0] == [TextDelta("mine")]


def test_a_choice_whose_index_is_null() -> None:
    (choice,) = piece(content="mine")["choices"]
    assert reader_of({"choices": [choice | {"index": None}]})[0] == [TextDelta("mine")]


def test_usage_that_stands_in_the_choice() -> None:
    last = end("stop")
    last["choices"][0]["usage"] = {"prompt_tokens": 3, "completion_tokens": 2}
    _, reader = reader_of(piece(content="x"), last)
    assert (reader.finish().usage.input, reader.finish().usage.output) == (3, 2)


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        (None, Usage(certain=False)),
        ({}, Usage(certain=False)),
        ({"prompt_tokens": 3}, Usage(input=3, certain=False)),
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(input=3, output=2)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 5,
                "total_tokens": 14,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(input=9, cache_read=4, cache_write=2, output=5, reasoning=3),
        ),
        # reasoning counted outside of the completion
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 5,
                "total_tokens": 17,
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(input=9, output=8, reasoning=3),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 5, "prompt_cache_hit_tokens": 8},
            Usage(input=9, cache_read=8, output=5),
        ),
        ({"prompt_tokens": -1, "completion_tokens": True}, Usage(certain=False)),
        (
            {
                "prompt_tokens": 1,
                "completion_tokens": 1,
                "prompt_tokens_details": {"audio_tokens": 1},
                "completion_tokens_details": {"audio_tokens": 0},
            },
            Usage(input=1, output=1, input_audio=1, output_audio=0),
        ),
    ],
)
def test_usage(raw: Any, usage: Usage) -> None:
    assert read_usage(raw) == msgspec.structs.replace(usage, extras=raw or {})


@pytest.mark.parametrize(
    ("raw", "nano"),
    [
        ({"cost": 0.00125}, 1_250_000),
        ({"cost": 0}, 0),
        ({"cost": 0.5, "is_byok": True}, None),
        ({"cost": -1}, None),
        ({"cost": "1"}, None),
        ({"cost": True}, None),
        ({"cost": 1e308}, None),
        ({"cost": 10**400}, None),
        ({"cost": float("nan")}, None),
    ],
)
def test_what_the_provider_charged(raw: Any, nano: int | None) -> None:
    assert read_usage({"prompt_tokens": 1, **raw}).cost_nano == nano


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "m"}},
        {"error": "plain words"},
        {"object": "error", "message": "m", "code": 400},
        end("error"),
        end("abort"),
    ],
)
def test_errors_inside_an_answer(error: dict[str, Any]) -> None:
    with pytest.raises(UpstreamError):
        reader_of(error)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'"x"', b'{"choices": 3}', b"\xff"])
def test_garbage(data: bytes) -> None:
    with pytest.raises(Garbage):
        CompletionReader().read(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("content", "reasoning", "tool_calls", "refusal", "reasoning_details", "mood")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), JSON, JSON)
def test_whatever_comes_is_read_or_refused(fields: Any, logprobs: Any, usage: Any) -> None:
    part = {"choices": [{"delta": fields, "logprobs": logprobs}], "usage": usage}
    reader = CompletionReader()
    try:
        reader.read(json.dumps(part).encode())
    except (Garbage, UpstreamError):
        return
    assert isinstance(reader.finish(), Finish)
