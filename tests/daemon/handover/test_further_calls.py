"""Calls beside the one that was cut off."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Tool
from homeport.daemon.handover.further_calls import MOST, FurtherCalls, alike, may_follow
from homeport.daemon.handover.sent import BegunCall
from support.scripted import card, prompt

TOOLS = (Tool("look"), Tool("go"))


@pytest.mark.parametrize(
    ("choice", "parallel", "may"),
    [
        (None, None, True),
        ("auto", True, True),
        ("required", None, True),
        ({"type": "auto"}, None, True),
        (None, False, False),
        ("look", None, False),
        ("none", None, False),
        ({"type": "function", "function": {"name": "look"}}, None, False),
        ({"type": "tool", "name": "look"}, None, False),
        ({"type": "any", "disable_parallel_tool_use": True}, None, False),
    ],
)
def test_they_may_follow_where_the_caller_takes_several(
    choice: Any, parallel: bool | None, may: bool
) -> None:
    asked = prompt(tools=TOOLS, tool_choice=choice, parallel_tool_calls=parallel)
    assert may_follow(asked, card("a/b")) is may


def test_a_model_for_demonstrations_is_not_asked_for_any() -> None:
    assert not may_follow(prompt(tools=TOOLS), card("a/b", demonstration=True))
    assert not may_follow(prompt(), card("a/b"))


def test_no_call_is_made_twice_and_none_without_end() -> None:
    sent = (BegunCall(0, "c", "look", '{"a": 1}'), BegunCall(1, "d", "look", '{"b": "x'))
    made = [BegunCall(0, "c", "go", f'{{"n": {n}}}') for n in range(MOST + 3)]
    again = [BegunCall(0, "", "look", text) for text in ('{"a":1}', '{"b": "XY"}', '{"a": 2}')]
    given = FurtherCalls(prompt(tools=TOOLS), sent).of([*again, *made], '{"b": "xy"}')
    assert len(given) == MOST
    assert (given[0].arguments, given[0].index) == ('{"a": 2}', 2)
    assert [one.index for one in given] == list(range(2, MOST + 2))
    assert len({one.id for one in given} | {"c", "d"}) == MOST + 2


def test_what_says_the_same_is_alike() -> None:
    assert alike('{"b": 1, "a": "San José"}') == alike('{"a":"san josé","b":1}')
    assert alike("") == alike("{}")
    assert alike("print(1)") != alike("print(2)")
