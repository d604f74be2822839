"""Answers that are cut off behind whole tool calls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import (
    Delta,
    Finish,
    Labels,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
)
from homeport.policies.errors import HomeportError
from support.house import House, house
from support.polling import until
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


async def given(
    home: House, on_cut: Any = None, deadline_ms: int | None = None, **fields: Any
) -> list[Delta]:
    labels = Labels(model=A, on_cut=on_cut, deadline_ms=deadline_ms)
    asked = prompt(labels=labels, tools=LOOK, **{"stream": True} | fields)
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


class Occupied(ScriptedAdapter):
    """B answers one at a time, and the first that it is asked for has no end."""

    def __init__(self) -> None:
        able: dict[str, Any] = {"capabilities": ("tools",)}
        cards = [card(A, place="cloud", **able), card(B, at_once=1, **able)]
        scripts = {A: Script((ROME,), fails="stall"), B: Script((), hangs=True)}
        super().__init__(scripts, cards)


async def test_whole_calls_end_the_answer_where_there_is_no_room_for_it_in_time(
    tmp_path: Path,
) -> None:
    adapter = Occupied()
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as group:
        first = group.create_task(occupy(home))
        await until(lambda: bool(adapter.asked))
        told = await given(home, deadline_ms=300)
        view = home.view.view  # type: ignore[attr-defined]
        first.cancel()
    assert [told[0], told[-1].reason] == [ROME, "tool_calls"]  # type: ignore[union-attr]
    assert "; ended with the tool calls that were whole: There was no room at" in view.because
    assert (view.state, view.error) == ("done", "")


async def occupy(home: House) -> None:
    async with home.router.answer(prompt(labels=Labels(model=B, private=True))) as answer:
        async for _ in answer.deltas():
            pass


HALF = msgspec.structs.replace(OSLO, index=1, arguments='{"city": "Os')


@pytest.mark.parametrize(
    "asked", [{"stream": False}, {"wire": "ollama"}, {"wire": "gemini"}], ids=repr
)
@pytest.mark.parametrize("second", [None, Script((), fails="reset")], ids=["alone", "both fail"])
async def test_whole_calls_that_were_kept_back_end_the_answer_too(
    tmp_path: Path, asked: dict[str, Any], second: Script | None
) -> None:
    adapter = two(second)
    adapter.scripts[A] = Script(("I look. ", ThinkingDelta("hm"), ROME, HALF), fails="link_lost")
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, **asked)
        view = home.view.view  # type: ignore[attr-defined]
    *said, end = told
    assert said == [TextDelta("I look. "), ThinkingDelta("hm"), ROME]
    assert isinstance(end, Finish)
    assert end.reason == "tool_calls"
    assert (view.state, view.model, view.attempts[0].sent_tokens) == ("done", A, 3)


async def test_who_goes_on_makes_the_calls_that_were_kept_back_anew(tmp_path: Path) -> None:
    async with house(tmp_path, [two(Script((OSLO,)))]) as home:
        told = await given(home, stream=False)
    assert [one for one in told if isinstance(one, ToolCallDelta)] == [OSLO]


async def test_calls_that_were_kept_back_follow_what_was_given_since_alone(tmp_path: Path) -> None:
    adapter = two(Script(("and on ",), fails="stall"))
    adapter.scripts[A] = Script(("I look ", ROME, "there. "), fails="stall")
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=False)
    assert told[:-1] == [TextDelta("I look "), TextDelta("and on "), ROME]


async def test_by_wish_calls_that_were_kept_back_are_not_told(tmp_path: Path) -> None:
    async with house(tmp_path, [two(None)]) as home:
        with pytest.raises(HomeportError, match="broke"):
            await given(home, "error", stream=False)
