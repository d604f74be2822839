"""Gemini's own wire is handed on: bodies patched at their top, events byte for byte."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Delta,
    Labels,
    Message,
    Prompt,
    Sampling,
    Text,
    TextDelta,
    ToolCall,
    UsageDelta,
    Wired,
)
from homeport.adapters.gemini.raw import WiredAnswer, patched
from homeport.adapters.gemini.stream import StreamedAnswer
from homeport.adapters.http.pieces import tokens_in
from homeport.adapters.http.upstream_errors import Garbage
from support.gemini_server import sse
from support.recordings import for_each, load, recordings


def prompt_of(raw: Any, *parts: Any, wire: str = "gemini") -> Prompt:
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return Prompt((Message("assistant", parts or (Text("x"),)),), wire=wire, raw=body)


def patch(prompt: Prompt, model: str = "gemini-2.5-flash", prefix: str = "") -> Any:
    body = patched(prompt, model=model, max_tokens=7, prefix=prefix)
    return json.loads(body) if body else None


def test_a_body_keeps_all_but_its_maximum() -> None:
    raw = {
        "contents": [{"odd": 1}],
        "model": "x",
        "homeport": {},
        "generationConfig": {"maxOutputTokens": 9000, "topK": 40, "new": [1]},
        "labels": {"a": "b"},
    }
    assert patch(prompt_of(raw)) == {
        "contents": [{"odd": 1}],
        "generationConfig": {"topK": 40, "new": [1], "maxOutputTokens": 7},
        "labels": {"a": "b"},
    }
    spelled = {"generation_config": {"max_output_tokens": 1, "top_k": 2}}
    assert patch(prompt_of(spelled)) == {"generation_config": {"top_k": 2, "maxOutputTokens": 7}}
    for empty in ({}, {"generationConfig": None}):
        assert patch(prompt_of(empty)) == {"generationConfig": {"maxOutputTokens": 7}}


@pytest.mark.parametrize(
    ("prompt", "more"),
    [
        (prompt_of(b""), {}),
        (prompt_of({}, wire="openai-chat"), {}),
        (prompt_of({}), {"prefix": "Once"}),
        (prompt_of(b"[]"), {}),
        (prompt_of({"generationConfig": 1}), {}),
        (prompt_of({"s": base64.b64encode(b"homeport:[1]").decode()}), {}),
        (prompt_of({}, ToolCall("1", "f", "{}")), {"model": "gemini-3-flash-preview"}),
    ],
)
def test_what_has_to_be_written_anew(prompt: Prompt, more: dict[str, str]) -> None:
    assert patch(prompt, **more) is None


def test_another_model_may_think_in_other_ways() -> None:
    asked = Labels(model="gemini/gemini-2.5-flash")
    thinks = Sampling(reasoning_budget=0)
    prompt = Prompt((), labels=asked, sampling=thinks, wire="gemini", raw=b"{}")
    assert patch(prompt) is not None
    assert patch(prompt, model="gemini-2.5-pro") is None
    assert patch(prompt_of({}), model="gemma-3-27b-it") is None


def test_signed_calls_go_on() -> None:
    signed = ToolCall("1", "f", "{}", {"thoughtSignature": "s"})
    prompt = prompt_of({}, signed, ToolCall("2", "g", "{}"))
    assert patch(prompt, model="gemini-3-flash-preview") is not None


def read(answer: StreamedAnswer, data: bytes, size: int) -> list[Delta]:
    deltas: list[Delta] = []
    for start in range(0, len(data), size):
        deltas += answer.feed(data[start : start + size])
    return deltas + answer.end()


@for_each(recordings("gemini-stream"))
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_recorded_stream_goes_on_byte_for_byte(path: Path, size: int) -> None:
    data = load(path)["response"]["body"].encode()
    plain = read(StreamedAnswer(), data, size)
    wired = WiredAnswer()
    deltas = read(wired, data, size)
    assert all(isinstance(delta, Wired | UsageDelta) for delta in deltas)
    sent = b"".join(delta.data for delta in deltas if isinstance(delta, Wired))
    assert sent + wired.ending == data.rstrip() + b"\r\n\r\n"
    spoken = [each for delta in deltas if isinstance(delta, Wired) for each in delta.deltas]
    assert spoken == [each for each in plain if not isinstance(each, UsageDelta)]
    assert sum(map(tokens_in, deltas)) == sum(map(tokens_in, plain))
    assert b"finishReason" in wired.ending


def test_nothing_goes_on_before_the_first_word() -> None:
    wired = WiredAnswer()
    silent, word = sse({"usageMetadata": {"promptTokenCount": 1}}), sse(chunk("a"))
    assert [type(delta) for delta in wired.feed(silent)] == [UsageDelta]
    assert wired.feed(word) == [Wired("gemini", silent + word, (TextDelta("a"),))]


def test_words_before_trouble_go_on() -> None:
    wired = WiredAnswer()
    (delta,) = wired.feed(sse(chunk("a")) + b"data: {\n\n")
    assert isinstance(delta, Wired)
    assert isinstance(wired.trouble, Garbage)


def chunk(text: str) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}]}}]}
