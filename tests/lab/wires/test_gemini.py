"""Gemini's paths, streams and keys."""

from __future__ import annotations

import json

from homeport.lab.catalog import models_for
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Spent
from homeport.lab.wires.gemini import GeminiWire

WIRE = GeminiWire(models_for("gemini", None))
BODY = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()


def test_a_stream_is_events_or_one_array() -> None:
    path = "/v1beta/models/m:streamGenerateContent"
    answer = Answer(thinking=("t",), text=("a", "b"), usage=Spent(input=1, output=3, reasoning=1))
    events = WIRE.asked(Received("POST", path, "alt=sse", body=BODY))
    array = WIRE.asked(Received("POST", path, body=BODY))
    assert events
    assert array
    assert WIRE.streamed(events, answer).whole.count(b"data: ") == 4
    chunks = json.loads(WIRE.streamed(array, answer).whole)
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"
    assert chunks[-1]["usageMetadata"]["candidatesTokenCount"] == 2
    assert chunks[-1]["usageMetadata"]["thoughtsTokenCount"] == 1


def test_a_count_may_wrap_a_request() -> None:
    wrapped = json.dumps({"generateContentRequest": json.loads(BODY)}).encode()
    asked = WIRE.asked(Received("POST", "/v1beta/models/m:countTokens", body=wrapped))
    assert asked is not None
    assert (asked.kind, asked.text) == ("count", "hi")


def test_paths_and_keys() -> None:
    assert WIRE.owns(Received("POST", "/v1/models/m:generateContent"))
    assert not WIRE.owns(Received("GET", "/v1/models"))
    assert WIRE.key(Received("GET", "/", "key=k")) == "k"
    assert WIRE.plain(Received("GET", "/v1beta/models/absent")) is None
    assert WIRE.asked(Received("GET", "/v1beta/models")) is None


def test_the_wait_is_told_in_the_errors_details() -> None:
    told = WIRE.refusal(429, "Slow down.", "", 7.0)["error"]
    assert told["details"][0]["retryDelay"] == "7s"
    assert "details" not in WIRE.refusal(429, "Slow down.", "", None)["error"]


def test_each_chunk_tells_what_was_spent_so_far() -> None:
    answer = Answer(text=("a", "b", "c"), usage=Spent(input=1, output=3))
    asked = WIRE.asked(Received("POST", "/v1beta/models/m:streamGenerateContent", body=BODY))
    assert asked
    chunks = json.loads(WIRE.streamed(asked, answer).whole)
    assert [c["usageMetadata"]["candidatesTokenCount"] for c in chunks] == [1, 2, 3, 3]
