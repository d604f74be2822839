"""Ollama's lines and what it says of its models."""

from __future__ import annotations

import json

import pytest

from homeport.lab.catalog import models_for
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Refused
from homeport.lab.wires.ollama import OllamaWire

WIRE = OllamaWire(models_for("ollama", None))


def posted(path: str, **body: object) -> Received:
    return Received("POST", path, body=json.dumps(body).encode())


def test_it_streams_unless_told_not_to() -> None:
    asked = WIRE.asked(posted("/api/chat", model="m", messages=[]))
    whole = WIRE.asked(posted("/api/generate", model="m", prompt="x", stream=False))
    assert asked
    assert whole
    assert (asked.stream, whole.stream) == (True, False)
    lines = WIRE.streamed(asked, Answer(text=("a", "b"))).whole.splitlines()
    assert [json.loads(line)["done"] for line in lines] == [False, False, True]


def test_what_it_says_of_its_models() -> None:
    assert WIRE.plain(Received("GET", "/")) == "Ollama is running"
    assert WIRE.plain(Received("GET", "/api/version"))["version"]
    tags = WIRE.plain(Received("GET", "/api/tags"))["models"]
    assert len({row["digest"] for row in tags}) == len(tags)
    assert WIRE.plain(Received("GET", "/api/ps"))["models"][0]["name"] == "lab-home:3b"
    with pytest.raises(Refused, match="not found"):
        WIRE.plain(posted("/api/show", model="absent"))
    assert WIRE.plain(Received("GET", "/api/nothing")) is None


def test_the_older_route_of_vectors() -> None:
    asked = WIRE.asked(posted("/api/embeddings", model="lab-embed", prompt="a"))
    assert asked
    assert len(WIRE.whole(asked, Answer())["embedding"]) == 8
