"""A tool call of the cloud is cut at any letter, and a real model at home makes it whole."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from homeport.adapters.base import (
    Adapter,
    Finish,
    Labels,
    Permit,
    Sampling,
    Tool,
    ToolCallDelta,
)
from homeport.policies.errors import NothingAnswered
from homeport.policies.model import ModelCard
from support.engine import adapter_for
from support.house import House, house
from support.model import demo_model
from support.scripted import Script, ScriptedAdapter, card, prompt

pytestmark = pytest.mark.engine
PROVING = bool(os.environ.get("HOMEPORT_PROVE"))
long = pytest.mark.skipif(not PROVING, reason="minutes of a real model: HOMEPORT_PROVE=1")
STEP = 1 if PROVING else 13
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
BEGUN = [whole[:at] for whole in ARGUMENTS for at in range(0, len(whole) + 1, 5)]


Calls = list[tuple[str, str]]
"""Name and arguments of each."""


async def called(home: House, begun: str) -> tuple[Calls, str]:
    """The calls that the caller got, and how the answer ended."""
    calls: dict[int, tuple[str, str]] = {}
    reason = ""
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
                name, arguments = calls.get(delta.index, ("", ""))
                calls[delta.index] = name or delta.name, arguments + delta.arguments
            elif isinstance(delta, Finish):
                reason = delta.reason
    home.rooms.fleet.note_success(SKY)
    assert calls[0][1].startswith(begun)
    return list(calls.values()), reason


def fits(said: Any) -> bool:
    kinds = {"city": str, "days": int, "unit": str}
    return (
        {"city", "days"} <= set(said) <= set(kinds)
        and all(isinstance(said[name], kinds[name]) for name in said)
        and said.get("unit", "C") in ("C", "F")
    )


def is_right(call: tuple[str, str]) -> bool:
    name, said = call[0], json.loads(call[1])
    return fits(said) if name == "weather" else isinstance(said, dict)


class As:
    """The engine, with models that say something else of themselves."""

    def __init__(self, engine: Adapter, **changes: Any) -> None:
        self._engine = engine
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """Its cards, changed."""
        return [replace(card, **self._changes) for card in await self._engine.models(permit)]


@asynccontextmanager
async def cut(folder: Path, **changes: Any) -> AsyncIterator[Callable[[str], Awaitable[Ended]]]:
    """Gives what makes of a call that was cut off behind these arguments."""
    (folder / "models").mkdir()
    (folder / "models" / demo_model().name).symlink_to(demo_model())
    engine = adapter_for(folder / "models")
    sky = ScriptedAdapter(
        {}, [card(SKY, place="cloud", host="api.example.com", capabilities=("json", "tools"))]
    )
    sky.origin = "https://api.example.com"  # type: ignore[misc]
    try:
        async with house(folder, [sky, As(engine, **changes)]) as home:

            async def ended(begun: str) -> Ended:
                said = (ToolCallDelta(0, "c", "weather"), ToolCallDelta(0, arguments=begun))
                sky.scripts[SKY] = Script(said[: 2 if begun else 1], fails="link_lost")
                (first, *others), reason = await called(home, begun)
                others_fit = all(map(is_right, others))
                return Ended(reason, fits(json.loads(first[1])), others_fit)

            yield ended
    finally:
        await engine.close()


class Ended(NamedTuple):
    """Of one cut."""

    reason: str
    fits: bool
    """The call that was cut off."""
    others_fit: bool


WHOLE = Ended("tool_calls", True, True)


@pytest.mark.timeout(600)
async def test_a_call_that_is_cut_at_any_letter_becomes_whole_and_fits(tmp_path: Path) -> None:
    ends: Counter[Ended] = Counter()
    async with cut(tmp_path) as ended:
        for whole in ARGUMENTS:
            for at in range(0, len(whole) + 1, STEP):
                ends[await ended(whole[:at])] += 1
    assert set(ends) == {WHOLE}, ends
    print(f"\n{ends.total()} cuts: every call is whole, and fits its schema")


@long
@pytest.mark.timeout(600)
async def test_so_do_the_calls_that_a_larger_model_would_make_beside_it(tmp_path: Path) -> None:
    ends: Counter[Ended] = Counter()
    async with cut(tmp_path, demonstration=False) as ended:
        for begun in BEGUN:
            ends[await ended(begun)] += 1
    assert set(ends) == {WHOLE}, ends
    print(f"\n{ends.total()} cuts with others beside: every call is whole, and fits its schema")


@long
@pytest.mark.timeout(600)
async def test_who_cannot_be_handed_a_call_makes_it_again(tmp_path: Path) -> None:
    ends: Counter[Ended | str] = Counter()
    async with cut(tmp_path, continues=False) as ended:
        for begun in BEGUN:
            try:
                ends[await ended(begun)] += 1
            except NothingAnswered as error:
                ends[error.code] += 1
    assert ends[WHOLE] >= 0.9 * ends.total(), ends
    print(f"\n{ends.total()} cuts, made again: {ends[WHOLE]} are whole, and fit the schema")
