"""`POST /v1/completions` over real sockets, with a scripted router behind it."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import Finish, TextDelta
from homeport.policies.errors import NothingAnswered
from support.doors import OpenHouse, Reply

URL = "/v1/completions"


def chunks(reply: Reply) -> list[dict[str, Any]]:
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line[6:] for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def test_one_object(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, {"prompt": "Say"})
    assert reply.status == 200, reply.body
    assert reply.json["choices"] == [
        {"text": "Hello, wörld", "index": 0, "logprobs": None, "finish_reason": "stop"}
    ]
    assert reply.json["usage"]["total_tokens"] == 9
    assert (reply.headers["x-homeport-decision"], reply.headers["x-homeport-cost"]) == (
        "01test",
        "0",
    )


async def test_a_stream(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, {"prompt": "Say", "stream": True})
    told = chunks(reply)
    assert "".join(chunk["choices"][0]["text"] for chunk in told) == "Hello, wörld"
    assert told[-1]["homeport"]["route"] == "echo/words"
    assert reply.headers["x-homeport-route"] == "echo/words"


async def test_several_texts_are_answered_in_turn(house: OpenHouse) -> None:
    whole = (await house.ask("POST", URL, {"prompt": ["a", "b"]})).json
    assert [choice["index"] for choice in whole["choices"]] == [0, 1]
    assert whole["usage"]["total_tokens"] == 18
    told = chunks(await house.ask("POST", URL, {"prompt": ["a", "b"], "stream": True}))
    ends = [c["choices"][0] for c in told if c["choices"][0]["finish_reason"]]
    assert [choice["index"] for choice in ends] == [0, 1]
    assert ["homeport" in chunk for chunk in told].count(True) == 1
    assert len(house.daemon.router.prompts) == 4


async def test_dropped_knobs_are_named(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("Hi"), Finish("stop", extras={"dropped": ["seed"]}))
    reply = await house.ask("POST", URL, {"prompt": "a", "seed": 1})
    assert reply.headers["x-homeport-dropped"] == "seed"


async def test_what_fails_has_its_status(house: OpenHouse) -> None:
    house.daemon.router.script = (NothingAnswered("It broke."),)
    for stream in (True, False):
        reply = await house.ask("POST", URL, {"prompt": "a", "stream": stream})
        assert (reply.status, reply.json["error"]["code"]) == (502, "nothing_answered")
