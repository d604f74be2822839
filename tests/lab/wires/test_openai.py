"""OpenAI's routes, vectors and headers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.lab.catalog import models_for
from homeport.lab.limits import Room
from homeport.lab.log import Received
from homeport.lab.nouns import Answer
from homeport.lab.wires.openai import OpenAIWire

WIRE = OpenAIWire(models_for("openai", None))


def posted(route: str, **body: Any) -> Received:
    return Received("POST", f"/v1/{route}", body=json.dumps({"model": "m", **body}).encode())


def test_vectors_come_as_numbers_or_packed() -> None:
    plain = WIRE.asked(posted("embeddings", input=["a", "b"], dimensions=4))
    packed = WIRE.asked(posted("embeddings", input="a", encoding_format="base64"))
    tokens = WIRE.asked(posted("embeddings", input=[1, 2]))
    assert plain
    assert packed
    assert tokens
    rows = WIRE.whole(plain, Answer())["data"]
    assert [len(row["embedding"]) for row in rows] == [4, 4]
    assert isinstance(WIRE.whole(packed, Answer())["data"][0]["embedding"], str)
    assert tokens.inputs == ("[1, 2]",)


def test_what_brings_no_prompt() -> None:
    assert WIRE.asked(Received("GET", "/v1/models")) is None
    assert WIRE.plain(Received("GET", "/v1/nothing")) is None
    assert not WIRE.owns(Received("GET", "/api/tags"))


@pytest.mark.parametrize("name", ["requests", "tokens"])
def test_limits_are_told(name: str) -> None:
    told = dict(WIRE.limit_headers(Room(10, 3, 1.5), Room(10, 3, 1.5)))
    assert told[f"x-ratelimit-limit-{name}"] == "10"
    assert told[f"x-ratelimit-remaining-{name}"] == "3"
    assert told[f"x-ratelimit-reset-{name}"] == "1.500s"
    assert WIRE.limit_headers(None, None) == []
