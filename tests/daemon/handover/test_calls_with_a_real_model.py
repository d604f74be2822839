"""A tool call of the cloud is cut at any letter, and a real model at home makes it whole."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Finish, Labels, Sampling, Tool, ToolCallDelta
from support.engine import adapter_for
from support.house import House, house
from support.model import demo_model
from support.scripted import Script, ScriptedAdapter, card, prompt

pytestmark = pytest.mark.engine
STEP = 1 if os.environ.get("HOMEPORT_PROVE") else 13
SKY = "sky/large"
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "unit": {"type": "string", "enum": ["C", "F"]},
    },
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS = (Tool("weather", "The weather of a city.", SCHEMA), Tool("mail", "Send a mail."))
QUESTION = "What will the weather be like in Rome for the next 3 days, in Celsius?"
ARGUMENTS = ('{"city":"Rome","days":3,"unit":"C"}', '{ "days": 3, "city": "San José \\u00e9" }')


async def called(home: House, begun: str) -> tuple[str, str]:
    """The arguments that the caller got, and how the answer ended."""
    arguments, reason = "", ""
    asked = prompt(
        QUESTION,
        stream=True,
        tools=TOOLS,
        sampling=Sampling(temperature=0.0, max_tokens=80),
        labels=Labels(model=SKY),
    )
    async with home.router.answer(asked) as answer:
        async for delta in answer.deltas():
            if isinstance(delta, ToolCallDelta):
                arguments += delta.arguments
            elif isinstance(delta, Finish):
                reason = delta.reason
    home.rooms.fleet.note_success(SKY)
    assert arguments.startswith(begun)
    return arguments, reason


def fits(said: Any) -> bool:
    kinds = {"city": str, "days": int, "unit": str}
    return (
        {"city", "days"} <= set(said) <= set(kinds)
        and all(isinstance(said[name], kinds[name]) for name in said)
        and said.get("unit", "C") in ("C", "F")
    )


@pytest.mark.timeout(600)
async def test_a_call_that_is_cut_at_any_letter_becomes_whole_and_fits(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / demo_model().name).symlink_to(demo_model())
    engine = adapter_for(tmp_path / "models")
    sky = ScriptedAdapter(
        {}, [card(SKY, place="cloud", host="api.example.com", capabilities=("json", "tools"))]
    )
    sky.origin = "https://api.example.com"  # type: ignore[misc]
    ends: Counter[tuple[str, bool]] = Counter()
    try:
        async with house(tmp_path, [sky, engine]) as home:
            for whole in ARGUMENTS:
                for at in range(0, len(whole) + 1, STEP):
                    said = (
                        ToolCallDelta(0, "c", "weather"),
                        ToolCallDelta(0, arguments=whole[:at]),
                    )
                    sky.scripts[SKY] = Script(said[: 2 if at else 1], fails="link_lost")
                    arguments, reason = await called(home, whole[:at])
                    ends[reason, fits(json.loads(arguments))] += 1
    finally:
        await engine.close()
    assert set(ends) == {("tool_calls", True)}, ends
    print(f"\n{ends.total()} cuts: every call is whole, and fits its schema")
