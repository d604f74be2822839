"""Exercises and how answers to them are judged."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from homeport.adapters.base import (
    Finish,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Wired,
)
from homeport.daemon.trials import exercises as of
from homeport.daemon.trials.exercises import Heard, exercises, heard_of, red_picture

KIEL = '{"city": "Kiel"}'

GOOD = [
    (of.says_something, Heard("A place for ships.")),
    (of.stops, Heard("one, two, Three, ")),
    (of.obeys, Heard("Banana.")),
    (of.calls_weather, Heard(calls=(("get_weather", KIEL),))),
    (of.calls_any, Heard(calls=(("get_time", KIEL),))),
    (of.is_object, Heard("{}")),
    (of.fits_schema, Heard('{"city": "Kiel", "rivers": 1}')),
    (of.thinks, Heard(thinking="hm")),
    (of.is_sure, Heard(logprobs=1)),
    (of.goes_on, Heard(" Paris.")),
    (of.sees_red, Heard("It is red.")),
]
BAD = [
    (of.says_something, Heard(" ")),
    (of.stops, Heard("one, two, three, four")),
    (of.stops, Heard("1, 2")),
    (of.obeys, Heard("Paris")),
    (of.calls_weather, Heard("It is warm.")),
    (of.calls_weather, Heard(calls=(("get_time", KIEL),))),
    (of.calls_weather, Heard(calls=(("get_weather", '{"city": 3}'),))),
    (of.calls_weather, Heard(calls=(("get_weather", "{"),))),
    (of.calls_any, Heard("no")),
    (of.calls_any, Heard(calls=(("fly", KIEL),))),
    (of.is_object, Heard("[1]")),
    (of.is_object, Heard("Sure: {}")),
    (of.fits_schema, Heard("no")),
    (of.fits_schema, Heard('{"city": "Kiel", "rivers": true}')),
    (of.fits_schema, Heard('{"city": "Kiel", "rivers": 1, "more": 1}')),
    (of.thinks, Heard("No.")),
    (of.is_sure, Heard("yes")),
    (of.goes_on, Heard("The capital of France is Paris.")),
    (of.goes_on, Heard("Rome")),
    (of.sees_red, Heard("blue")),
]


@pytest.mark.parametrize(("judge", "heard"), GOOD)
def test_what_is_right(judge: object, heard: Heard) -> None:
    assert judge(heard) == ""  # type: ignore[operator]


@pytest.mark.parametrize(("judge", "heard"), BAD)
def test_what_is_wrong_is_said(judge: object, heard: Heard) -> None:
    assert judge(heard)  # type: ignore[operator]


def test_an_answer_is_put_together() -> None:
    deltas = (
        ThinkingDelta("h"),
        Wired("openai-chat", b"", (TextDelta("a", 1, (TokenLogprob("a", -1.0),)),)),
        TextDelta("b"),
        ToolCallDelta(1, "y", "g", "{}"),
        ToolCallDelta(0, "x", "f", "{"),
        ToolCallDelta(0, arguments="}"),
        Finish("tool_calls"),
    )
    assert heard_of(deltas) == Heard("ab", "h", (("f", "{}"), ("g", "{}")), 1, "tool_calls")


def test_names_are_told_apart_and_room_is_small() -> None:
    all_ = exercises()
    assert len({exercise.name for exercise in all_}) == len(all_)
    for exercise in all_:
        assert exercise.prompt.sampling.max_tokens is not None
        assert exercise.prompt.sampling.max_tokens <= of.ROOM_TO_THINK
    assert all_[0].name == "answer"


def test_the_picture_is_red() -> None:
    data = base64.b64decode(red_picture().data)
    assert data.startswith(b"\x89PNG")
    at = data.index(b"IDAT")
    (size,) = struct.unpack(">I", data[at - 4 : at])
    rows = zlib.decompress(data[at + 4 : at + 4 + size])
    assert rows[1:4] == b"\xe0\x10\x10"
