"""The fault wall: whatever breaks, at whichever door, the caller gets one whole answer, once.

Every fault at every door, with directions and streaming taken in turns; `HOMEPORT_PROVE` plays
each with each.
"""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from homeport.lab.faults import FAULTS as OF_THE_LAB
from homeport.lab.faults import STATUSES
from support.fault_wall import (
    DIRECTIONS,
    DOORS,
    FAULTS,
    PATIENCE_S,
    PLAIN_DOORS,
    TOOL,
    WAYS,
    WHOLE,
    WITH_SCHEMA,
    WITH_TOOL,
    Heard,
    Wall,
    plays,
    rows,
    wall,
    wrong_way,
)

PROVING = bool(os.environ.get("HOMEPORT_PROVE"))
RICH = tuple(way for way in WAYS if way[0] not in PLAIN_DOORS)
"""Doors that tell more than text, streamed and not."""
MID_WAY = ("reset@1", "clean_end@3", "error_event@5", "cut")


def test_every_fault_of_the_lab_is_in_the_wall() -> None:
    played = {fault.partition("@")[0].partition(":")[0] for fault in FAULTS}
    assert {row.kind for row in OF_THE_LAB} | set(map(str, STATUSES)) == played


def test_the_wall_has_every_fault_at_every_door_in_every_direction_streamed_and_not() -> None:
    whole = [(way, *play) for way in DIRECTIONS for play in plays(way, whole=True)]
    assert len(whole) == len(FAULTS) * len(DOORS) * len(DIRECTIONS) * 2
    assert set(whole) == {
        (way, fault, door, stream)
        for way, fault, (door, stream) in itertools.product(DIRECTIONS, FAULTS, WAYS)
    }
    short = {(way, *play) for way in DIRECTIONS for play in plays(way, whole=False)}
    rich = {door for door, _ in RICH}
    assert {(f, d) for _, f, d, _ in short} >= set(itertools.product(FAULTS, rich))
    assert {(w, d) for w, _, d, _ in short} == set(itertools.product(DIRECTIONS, DOORS))
    assert len(short) < len(FAULTS) * (len(rich) + 1)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_whatever_breaks_the_caller_gets_one_whole_answer(
    tmp_path: Path, direction: str
) -> None:
    wrongs: list[str] = []
    async with wall(tmp_path, direction) as stands:
        for fault, door, stream in plays(direction, whole=PROVING):
            async for what in rows(stands, [fault], [(door, stream)]):
                wrongs += [f"{fault} at {door}, {stream}: {what.wrong}"] if what.wrong else []
    assert wrongs == []


def is_whole_call(heard: Heard, calls: int) -> bool:
    expected = [("look", TOOL), ("look", {"city": "Oslo"})][:calls]
    return heard.said.calls == expected and heard.said.reason == "tool_calls"


def is_whole_json(heard: Heard, text: str) -> bool:
    return heard.said.reason == "stop" and bool(json.loads(heard.said.text) == json.loads(text))


CALL = {"name": "look", "arguments": TOOL}
JSON = '{"city": "Ro me", "list": [1, 2, {"a": "b c"}], "ok": true}'
PARTS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "a call": ({"text": None, "tool_calls": [CALL]}, WITH_TOOL, lambda h: is_whole_call(h, 1)),
    "words and a call": (
        {"text": "I look it up.", "tool_calls": [CALL]},
        WITH_TOOL,
        lambda h: is_whole_call(h, 1) and h.said.text == "I look it up.",
    ),
    "two calls": (
        {"text": None, "tool_calls": [CALL, CALL | {"arguments": {"city": "Oslo"}}]},
        WITH_TOOL,
        lambda h: is_whole_call(h, 2),
    ),
    "json": ({"text": JSON}, WITH_SCHEMA, lambda h: is_whole_json(h, JSON)),
    "reasoning": (
        {"thinking": "t1 t2 t3 t4 t5 t6"},
        {},
        lambda h: h.said.text == WHOLE and h.said.thinking.endswith("t6") is not h.is_untold,
    ),
}
"""What is cut, what the prompt has besides, and whether the caller got it whole."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", PARTS)
async def test_calls_json_and_reasoning_are_whole_or_nothing(tmp_path: Path, part: str) -> None:
    script, more, is_right = PARTS[part]
    for place, direction in enumerate(DIRECTIONS):
        (tmp_path / direction).mkdir()
        async with wall(tmp_path / direction, direction, script) as stands:
            for number, (door, stream) in enumerate(RICH):
                for at, fault in enumerate(MID_WAY):
                    if PROVING or (number + at + place) % len(MID_WAY) == 0:
                        await heard_right(stands, fault, door, stream, more, is_right)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_both_calls_are_made_wherever_they_are_cut(tmp_path: Path, direction: str) -> None:
    script, more, is_right = PARTS["two calls"]
    doors = ("openai-chat", "anthropic", "openai-responses")
    async with wall(tmp_path, direction, script, quiet_s=PATIENCE_S) as stands:
        for at in range(20) if PROVING else (4, 10, 12, 13, 14):
            for door in doors if PROVING else (doors[at % 3],):
                await heard_right(stands, f"reset@{at}", door, True, more, is_right)


async def heard_right(
    stands: Wall, fault: str, door: str, stream: bool, more: dict[str, Any], is_right: Any
) -> None:
    heard = await stands.play(fault, door, stream=stream, more=more)
    assert not heard.error, (fault, door, stream, heard.error)
    assert is_right(heard), (fault, door, stream, heard.said)
    assert wrong_way(heard, stands.first) == ""
