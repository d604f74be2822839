"""A prompt that goes on from a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.api.local.turns import MOST_TURNS
from support.doors import OpenHouse

ASK, ROUTE = "/homeport/v1/ask", "/homeport/v1/route"


def turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "text": text}


@pytest.mark.parametrize("path", [ASK, ROUTE])
async def test_earlier_turns_stand_between_the_instructions_and_the_prompt(
    house: OpenHouse, path: str
) -> None:
    before = [turn("user", "My name is Ada."), turn("assistant", "Hello, Ada.")]
    body = {"prompt": "What is my name?", "system": "Be brief.", "messages": before}
    assert (await house.ask("POST", path, body)).status == 200
    said = [(m.role, m.parts[0].text) for m in house.daemon.router.prompts[-1].messages]
    assert said == [
        ("system", "Be brief."),
        ("user", "My name is Ada."),
        ("assistant", "Hello, Ada."),
        ("user", "What is my name?"),
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [turn("tool", "x")],
        [turn("user", " \n")],
        [{"role": "user"}],
        [{"role": "user", "text": "x", "name": "y"}],
        [turn("user", "x")] * (MOST_TURNS + 1),
        "hello",
    ],
    ids=["role", "empty", "no text", "unknown field", "too many", "no list"],
)
async def test_what_is_no_conversation_is_named(house: OpenHouse, messages: Any) -> None:
    reply = await house.ask("POST", ASK, {"prompt": "hi", "messages": messages})
    assert reply.status == 400
    assert reply.json["error"]["param"].startswith("messages")
    assert house.daemon.router.prompts == []


async def test_as_many_turns_as_are_read(house: OpenHouse) -> None:
    body = {"prompt": "hi", "messages": [turn("user", "x")] * MOST_TURNS}
    assert (await house.ask("POST", ASK, body)).status == 200
    assert len(house.daemon.router.prompts[-1].messages) == MOST_TURNS + 1
