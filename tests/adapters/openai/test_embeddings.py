"""The body of an embedding request, and the vectors of its answer."""

from __future__ import annotations

import base64
import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Embedded, Inputs
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.openai.embeddings import WIRE, read, unpacked, write
from homeport.adapters.providers import PROVIDERS, SERVER
from support.recordings import for_each, load, recordings

FLOATS = st.lists(
    st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40
)


def body(inputs: Inputs, provider: str = "") -> dict[str, Any]:
    dialect = PROVIDERS[provider] if provider else SERVER
    written: dict[str, Any] = json.loads(write(inputs, model="m", dialect=dialect))
    return written


def answer(*embeddings: Any, **fields: Any) -> bytes:
    rows = [{"embedding": value, "index": at} for at, value in enumerate(embeddings)]
    return json.dumps({"object": "list", "data": rows, "model": "m", **fields}).encode()


def test_the_request() -> None:
    inputs = Inputs(("a", "b"), dimensions=3, wire=WIRE, extras={"user": "me", "model": "other"})
    assert body(inputs) == {
        "model": "m",
        "input": ["a", "b"],
        "dimensions": 3,
        "user": "me",
        "encoding_format": "float",
    }


def test_tokens_and_a_dialect() -> None:
    inputs = Inputs(((1, 2), (3,)), dimensions=3, wire=WIRE, extras={"user": "me"})
    assert body(inputs, "mistral") == {
        "model": "m",
        "input": [[1, 2], [3]],
        "output_dimension": 3,
        "encoding_format": "float",
    }


def test_fields_of_another_wire_stay_behind() -> None:
    assert "keep_alive" not in body(Inputs(("a",), wire="ollama", extras={"keep_alive": 5}))


def test_vectors_come_in_the_order_of_the_inputs() -> None:
    rows = [{"embedding": [2.0], "index": 1}, {"embedding": [1.0], "index": 0}]
    found = read(json.dumps({"data": rows, "usage": {"prompt_tokens": 4}}).encode(), 2)
    assert found.vectors == ((1.0,), (2.0,))
    assert (found.usage.input, found.usage.output, found.usage.certain) == (4, 0, True)


def test_an_answer_without_usage_is_not_certain() -> None:
    usage = read(answer([1.0]), 1).usage
    assert (usage.input, usage.output, usage.certain) == (None, None, False)


@given(FLOATS)
def test_base64_and_numbers_are_the_same(numbers: list[float]) -> None:
    packed = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
    assert read(answer(packed), 1).vectors == read(answer(numbers), 1).vectors


@pytest.mark.parametrize(
    "given_body",
    [
        b"<html>",
        b"{}",
        answer(),
        answer([1.0], [1.0]),
        answer([]),
        answer("!"),
        answer(base64.b64encode(b"12345").decode()),
        answer(base64.b64encode(struct.pack("<f", math.nan)).decode()),
        json.dumps({"data": [{"embedding": [1.0], "index": 3}]}).encode(),
    ],
)
def test_what_is_no_answer(given_body: bytes) -> None:
    with pytest.raises(Garbage):
        read(given_body, 1)


def test_vectors_of_different_lengths_are_no_answer() -> None:
    with pytest.raises(Garbage):
        read(answer([1.0], [1.0, 2.0]), 2)


def test_an_error_in_a_200() -> None:
    with pytest.raises(UpstreamError):
        read(b'{"error": {"message": "no"}}', 1)


@for_each(recordings("openai-embeddings"))
def test_recorded_answers(path: Path) -> None:
    exchange = load(path)
    if exchange["response"]["status"] != 200:
        return
    response, count = exchange["response"]["body"], len(exchange["request"]["body"]["input"])
    found: Embedded = read(json.dumps(response).encode(), count)
    assert found.model == response["model"]
    assert found.usage.input == response["usage"]["prompt_tokens"]
    assert found.vectors[0] == tuple(unpacked(response["data"][0]["embedding"]))
