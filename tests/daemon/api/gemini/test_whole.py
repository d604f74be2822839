"""Recorded answers of Gemini come out of this door as they went into the adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.genai import types

from homeport.adapters.base import Finish, OpaqueDelta, TextDelta, Wired
from homeport.adapters.gemini.read import GenerateReader
from homeport.adapters.gemini.stream import StreamedAnswer
from homeport.daemon.api.gemini.chunks import Shown
from homeport.daemon.api.gemini.whole import Gathered
from support.doors import a_view
from support.recordings import for_each, load, recordings

ALL = Shown(thoughts=True, logprobs=True, top_logprobs=20)
WHOLE = recordings("gemini-generate")
STREAMS = recordings("gemini-stream")


def gathered(deltas: list[Any], finish: Finish) -> dict[str, Any]:
    made, view = Gathered(ALL), a_view(model="gemini/gemini-test")
    for delta in [*deltas, finish]:
        made.add(delta, view)
    return made.object(view)


def merged(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of one text put together, and a call's id left out: made where there was none."""
    found: list[dict[str, Any]] = []
    for part in parts:
        told = json.loads(json.dumps(part))
        told.get("functionCall", {}).pop("id", None)
        last = found[-1] if found else {}
        plain = set(told) | set(last) <= {"text", "thought", "thoughtSignature"}
        same = bool(told.get("thought")) == bool(last.get("thought"))
        if found and plain and same and "thoughtSignature" not in last:
            found[-1] = last | told | {"text": last.get("text", "") + told.get("text", "")}
        else:
            found.append(told)
    return [part for part in found if part != {"text": ""}]


@for_each(WHOLE)
def test_a_recorded_answer(path: Path) -> None:
    body = load(path)["response"]["body"]
    reader = GenerateReader()
    deltas = reader.read(json.dumps(body).encode())
    told = gathered(deltas, reader.finish())
    candidate, given = told["candidates"][0], body["candidates"][0]
    asked, answered = given["content"].get("parts", []), candidate["content"]["parts"]
    assert merged(answered) == merged(asked)
    assert told["usageMetadata"] == body["usageMetadata"]
    assert candidate["finishReason"] == given["finishReason"]
    for name in given.keys() - {"content", "index"}:
        assert candidate[name] == given[name], name
    types.GenerateContentResponse._from_response(response=told, kwargs={})


@for_each(STREAMS)
def test_a_recorded_stream(path: Path) -> None:
    raw = load(path)["response"]["body"].encode()
    answer = StreamedAnswer()
    deltas = answer.feed(raw) + answer.end()
    told = gathered(deltas, answer.reader.finish())
    passed = gathered([Wired("gemini", raw, ())], Finish("stop", wire="gemini", raw=b"\n\n"))
    ours, theirs = told["candidates"][0], passed["candidates"][0]
    assert merged(ours["content"]["parts"]) == merged(theirs["content"]["parts"])
    assert ours["finishReason"] == theirs["finishReason"]
    assert told["usageMetadata"] == passed["usageMetadata"]
    assert ours.get("groundingMetadata") == theirs.get("groundingMetadata")


def test_probabilities_are_put_one_after_the_other() -> None:
    def chunk(token: str) -> bytes:
        row = {"token": token, "logProbability": -1}
        result = {"chosenCandidates": [row], "topCandidates": [{"candidates": [row]}]}
        candidate = {"content": {"parts": [{"text": token}]}, "logprobsResult": result}
        return b"data: " + json.dumps({"candidates": [candidate]}).encode() + b"\n\n"

    deltas = [Wired("gemini", chunk("ha") + chunk("ha"), (TextDelta("haha"),))]
    told = gathered(deltas, Finish("stop", wire="gemini", raw=chunk("!")))
    result = told["candidates"][0]["logprobsResult"]
    assert [row["token"] for row in result["chosenCandidates"]] == ["ha", "ha", "!"]
    assert len(result["topCandidates"]) == 3


def test_events_of_other_wires_are_said_in_this_one() -> None:
    wired = Wired("ollama", b"{}", (TextDelta("a"), OpaqueDelta("ollama", {})))
    told = gathered([wired], Finish("stop"))
    assert told["candidates"][0]["content"]["parts"] == [{"text": "a"}]
    assert told["homeport"]["omitted"] == ["ollama"]
