"""Answers that are cut off behind whole tool calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import Delta, Finish, Labels, Tool, ToolCallDelta
from homeport.policies.errors import HomeportError
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"
ROME = ToolCallDelta(0, "c", "look", '{"city": "Rome"}')
OSLO = ToolCallDelta(0, "d", "look", '{"city": "Oslo"}')
LOOK = (Tool("look"),)
CUT = Script((ROME,), fails="reset")
ALONE: dict[str, Any] = {"parallel_tool_calls": False}


def two(second: Script | None, **of_second: Any) -> ScriptedAdapter:
    cards = [card(A, capabilities=("tools",))]
    cards += [card(B, capabilities=("tools",), **of_second)] if second else []
    return ScriptedAdapter({A: CUT, B: second or Script()}, cards)


async def given(home: House, on_cut: Any = None, **fields: Any) -> list[Delta]:
    asked = prompt(labels=Labels(model=A, on_cut=on_cut), stream=True, tools=LOOK, **fields)
    async with home.router.answer(asked) as answer:
        home.view = answer  # type: ignore[attr-defined]
        return [delta async for delta in answer.deltas()]


async def test_the_next_model_makes_the_calls_that_are_missing(tmp_path: Path) -> None:
    async with house(
        tmp_path, [two(Script((ROME, "and ", msgspec.structs.replace(OSLO, index=1))))]
    ) as home:
        *_, oslo, end = await given(home)
    assert isinstance(oslo, ToolCallDelta)
    assert isinstance(end, Finish)
    assert (oslo.index, oslo.arguments, end.reason) == (1, OSLO.arguments, "tool_calls")


@pytest.mark.parametrize(
    ("second", "of_second", "fields"),
    [
        (None, {}, {}),
        (Script((OSLO,)), {"demonstration": True}, {}),
        (Script((OSLO,)), {}, ALONE),
        (Script((), fails="reset"), {}, {}),
    ],
    ids=["nobody is left", "a model for demonstrations", "one call at a time", "the next fails"],
)
async def test_the_calls_that_are_whole_end_the_answer_where_no_other_can_be_made(
    tmp_path: Path, second: Script | None, of_second: dict[str, Any], fields: dict[str, Any]
) -> None:
    async with house(tmp_path, [two(second, **of_second)]) as home:
        told = await given(home, **fields)
        view = home.view.view  # type: ignore[attr-defined]
    assert told[0] == ROME
    assert [type(one) for one in told] == [ToolCallDelta, Finish]
    assert isinstance(told[-1], Finish)
    assert told[-1].reason == "tool_calls"
    assert (view.state, view.model) == ("done", A)
    assert "; ended with the tool calls that were whole: " in view.because


@pytest.mark.parametrize(
    ("first", "on_cut"),
    [
        (Script((ROME,), fails="reset"), "error"),
        (Script((ToolCallDelta(0, "c", "look", '{"city": "Ro'),), fails="reset"), None),
        (Script(("I look. ",), fails="reset"), None),
    ],
    ids=["by wish", "half a call", "no call"],
)
async def test_nothing_that_is_not_whole_is_ended_as_if_it_were(
    tmp_path: Path, first: Script, on_cut: str | None
) -> None:
    adapter = two(None)
    adapter.scripts[A] = first
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError, match="broke"):
            await given(home, on_cut)
