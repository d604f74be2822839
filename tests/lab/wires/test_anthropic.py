"""Anthropic's prompts, blocks and headers."""

from __future__ import annotations

from homeport.lab.catalog import models_for
from homeport.lab.limits import Room
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Call, Spent
from homeport.lab.wires.anthropic import AnthropicWire, read

WIRE = AnthropicWire(models_for("anthropic", None))


def test_everything_that_the_lab_minds() -> None:
    asked = read(
        {
            "model": "m",
            "max_tokens": 9,
            "system": [{"type": "text", "text": "Be brief."}],
            "messages": [
                {"role": "user", "content": "Count."},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f"}]},
                {"role": "user", "content": [{"type": "tool_result", "content": "seen"}]},
            ],
            "tools": [{"name": "f"}],
            "stop_sequences": ["x"],
        },
        counts=False,
    )
    assert asked.text == "Be brief.\nCount.\nseen"
    assert (asked.has_result, asked.tools, asked.stop) == (True, ("f",), ("x",))


def test_blocks_begin_and_end_in_order() -> None:
    answer = Answer(
        thinking=("a",), text=("b",), calls=(Call("call_1", "f", "{}"),), usage=Spent(output=3)
    )
    asked = read({"model": "m", "messages": [], "stream": True}, counts=False)
    whole = WIRE.streamed(asked, answer).whole
    kinds = [line[7:] for line in whole.decode().split("\n") if line.startswith("event: ")]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    signed = [block[0], block[1], block[1], block[2]]
    assert kinds == [
        "message_start", "ping", *signed, *block, *block, "message_delta", "message_stop",
    ]  # fmt: skip
    assert b'"toolu_1"' in whole


def test_its_models_are_told_apart_by_a_header() -> None:
    listing = Received("GET", "/v1/models")
    assert not WIRE.owns(listing)
    listing.headers["anthropic-version"] = "2023-06-01"
    assert WIRE.owns(listing)
    assert WIRE.plain(Received("GET", "/v1/models/absent")) is None


def test_limits_are_told_with_a_moment() -> None:
    told = dict(WIRE.limit_headers(Room(10, 3, 1.5), None))
    assert told["anthropic-ratelimit-requests-remaining"] == "3"
    assert told["anthropic-ratelimit-requests-reset"].endswith("Z")


def test_either_header_brings_the_key() -> None:
    assert WIRE.key(Received("POST", "/", headers={"x-api-key": "k"})) == "k"
    assert WIRE.key(Received("POST", "/", headers={"authorization": "Bearer k"})) == "k"
