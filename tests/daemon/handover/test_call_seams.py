"""What is given of tool calls that go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    Usage,
    UsageDelta,
    failed,
)
from homeport.daemon.handover import call_seams, seams
from homeport.daemon.handover.call_seams import (
    AfterArguments,
    AfterCalls,
    AfterFreeText,
    AfterToldArguments,
)
from homeport.daemon.handover.further_calls import FurtherCalls
from homeport.daemon.handover.seams import Seam
from homeport.daemon.handover.sent import BegunCall
from support.scripted import prompt

STOP = Finish("stop")
CALLS = Finish("tool_calls")
TOOLS = (Tool("look"), Tool("go"), Tool("run", kind="custom"))


async def said(*deltas: Delta) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


async def given(seam: Seam) -> list[Delta]:
    """Ids that are made by chance are left out."""
    told = [delta async for delta in seam]
    return [
        ToolCallDelta(one.index, "new", one.name, one.arguments, one.extras)
        if isinstance(one, ToolCallDelta) and one.id.startswith("call_")
        else one
        for one in told
    ]


def call(arguments: str = "", index: int = 0, name: str = "", made: str = "") -> ToolCallDelta:
    return ToolCallDelta(index, id=made, name=name, arguments=arguments)


def begun(arguments: str, index: int = 0, name: str = "look", *, custom: bool = False) -> BegunCall:
    return BegunCall(index, id=f"c{index}", name=name, arguments=arguments, custom=custom)


def further(*sent: BegunCall) -> FurtherCalls:
    return FurtherCalls(prompt(tools=TOOLS), sent)


# Calls that are made again


async def test_a_call_that_began_is_completed_and_further_ones_follow_it() -> None:
    old = (begun('{"a":1}'), begun('{"b": "x', 1))
    new: list[Delta] = [
        TextDelta("Once more:"),
        call('{"a": 1}', 0, "look", "n0"),
        call('{"b":"x', 1, "look", "n1"),
        call('yz"}', 1),
        call('{"c": 3}', 2, "go", "c1"),
        call('{"b": "XYZ"}', 3, "look", "n3"),
        call("{}", 4, "unknown", "n4"),
    ]
    seam = AfterCalls(said(*new, STOP), "a/b", old, further(*old))
    assert await given(seam) == [call('yz"}', 1), call('{"c": 3}', 2, "go", "new"), CALLS]
    assert seam.told.endswith("; 1 further one was made.")
    assert seam.unsaid_tokens == 6


async def test_the_one_that_began_may_be_made_behind_others() -> None:
    old = (begun('{"city": "Ro'),)
    new = [call('{"city": "Oslo"}', 0, "look", "n0"), call('{"city": "Rome"}', 1, "look", "n1")]
    seam = AfterCalls(said(*new, CALLS), "a/b", old, further(*old))
    assert await given(seam) == [
        call('me"}'),
        call('{"city": "Oslo"}', 1, "look", "n0"),
        CALLS,
    ]


async def test_what_was_called_before_is_no_rest_of_the_one_that_began() -> None:
    old = (begun('{"city": "Rome"}'), begun("", 1))
    new = [call('{"city": "Rome"}', 0, "look"), call('{"city": "Oslo"}', 1, "look")]
    seam = AfterCalls(said(*new, CALLS), "a/b", old, further(*old))
    assert await given(seam) == [call('{"city": "Oslo"}', 1), CALLS]


async def test_where_no_other_may_follow_none_does() -> None:
    new = [call('{"a": 1}', 0, "look"), call('{"b": 2}', 1, "go")]
    seam = AfterCalls(said(*new, STOP), "a/b", (begun('{"a": 1'),))
    assert await given(seam) == [call("}"), CALLS]
    assert "no further ones were asked for" in seam.told


@pytest.mark.parametrize(
    "again", [(), (call('{"A": "X y"}', 0, "look"),), (TextDelta("done"),)], ids=str
)
async def test_whole_calls_stand_where_nothing_new_is_made(again: tuple[Delta, ...]) -> None:
    old = (begun('{"a": "x Y"}'),)
    seam = AfterCalls(said(*again, STOP), "a/b", old, further(*old))
    assert await given(seam) == [CALLS]
    assert seam.told.endswith("no further one was made.")


async def test_behind_whole_calls_come_those_that_are_missing() -> None:
    old = (begun('{"city": "Rome"}', 3),)
    new = [call('{"city": "Oslo"}', 0, "look", "n0"), call("{}", 1, "go", "n1")]
    seam = AfterCalls(said(*new, STOP), "a/b", old, further(*old))
    assert await given(seam) == [
        call('{"city": "Oslo"}', 4, "look", "n0"),
        call("{}", 5, "go", "n1"),
        CALLS,
    ]


@pytest.mark.parametrize(
    "new",
    [
        [call('{"a":2}', 0, "look"), CALLS],
        [call('{"a":1}', 0, "go"), CALLS],
        [call('{"a":1', 0, "look"), CALLS],
        [TextDelta("No tool is needed."), STOP],
    ],
)
async def test_another_call_than_the_one_that_began_is_a_failure(new: list[Delta]) -> None:
    old = (begun('{"a":1'),)
    seam = AfterCalls(said(*new), "a/b", old, further(*old))
    with pytest.raises(AttemptFailed) as caught:
        await given(seam)
    assert caught.value.failure.kind == "bad_call"


async def test_free_text_of_a_tool_has_to_begin_alike() -> None:
    custom = {"type": "custom"}
    old = (begun("print(", custom=True),)
    new = ToolCallDelta(0, name="look", arguments="print(1)", extras=custom)
    assert await given(AfterCalls(said(new, STOP), "a/b", old)) == [call("1)"), CALLS]


async def test_it_shows_life_while_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seams, "SIGN_OF_LIFE_S", -1.0)
    seam = AfterCalls(said(TextDelta("hm"), call("{}", 0, "look"), STOP), "a/b", (begun("{}"),))
    assert [type(delta) for delta in await given(seam)] == [StatusDelta, StatusDelta, Finish]


async def test_a_further_call_that_is_cut_off_is_left_out_and_that_is_told() -> None:
    old = (begun('{"a": 1}'),)
    new = [call('{"b": 1}', 0, "go", "n0"), call('{"b": "two', 1, "go", "n1")]
    seam = AfterCalls(said(*new, Finish("length")), "a/b", old, further(*old))
    assert await given(seam) == [call('{"b": 1}', 1, "go", "n0"), CALLS]
    assert seam.told.endswith("1 further one was made. " + call_seams.LEFT_OUT.strip())


@pytest.mark.parametrize("bound", [("MOST_BEHIND", 3), ("LONGEST_S", -1.0)])
async def test_a_further_call_is_waited_for_as_long_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, bound: tuple[str, float]
) -> None:
    monkeypatch.setattr(call_seams, *bound)
    old = (begun('{"a": 1}'),)
    long = ['{"b": "', *"123456789", '"}']
    new = [call("", 0, "go", "n0"), *(call(piece) for piece in long)]
    seam = AfterCalls(said(*new, CALLS), "a/b", old, further(*old))
    assert call("".join(long), 1, "go", "n0") in await given(seam)
    more = ['}, "further_calls": [{"name": "go", "arguments": ', *long, "}]}"]
    listed = handed('{"a": 1', *map(TextDelta, more), STOP, more=True)
    assert call("".join(long), 3, "go", "new") in await given(listed)


async def test_calls_that_are_whole_are_given_before_their_model_breaks_off() -> None:
    old = (begun('{"city": "Ro'),)
    new = [call('{"city": "Rome"}', 0, "look"), call("{}", 1, "go", "n1"), call('{"b', 2, "go")]
    seam = AfterCalls(broken_off(*new), "a/b", old, further(*old))
    assert [await anext(seam), await anext(seam)] == [call('me"}'), call("{}", 1, "go", "n1")]
    with pytest.raises(AttemptFailed, match="broke"):
        await anext(seam)


async def broken_off(*deltas: Delta) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta
    raise failed("a/b", "reset", "The connection broke.")


async def test_calls_behind_which_others_began_stand() -> None:
    old = (begun(""), begun("ls", 1, "run", custom=True), begun('{"city": "Ro', 2))
    seam = AfterCalls(said(call('{"city": "Rome"}', 0, "look"), STOP), "a/b", old, further(*old))
    assert await given(seam) == [call('me"}', 2), CALLS]
    broken = (begun('{"city": '), begun('{"city": "Ro', 1))
    seam = AfterCalls(said(call('{"city": "Rome"}', 0, "look"), STOP), "a/b", broken)
    with pytest.raises(AttemptFailed, match="another tool call"):
        await given(seam)


# Arguments that are handed over


def handed(arguments: str, *deltas: Delta, more: bool = False) -> Seam:
    old = begun(arguments, 2)
    after = further(old) if more else None
    return AfterArguments(said(*deltas), "a/b", old, arguments or "{", after)


async def test_arguments_go_on_as_they_come_and_nothing_follows_them() -> None:
    seam = handed('{"a": "x', ThinkingDelta("hm"), TextDelta("y"), TextDelta('"} So.'), STOP)
    assert await given(seam) == [call("y", 2), call('"}', 2), CALLS]
    assert seam.unsaid_tokens == 1
    assert "no further ones were asked for" in seam.told


async def test_behind_the_arguments_stand_the_other_calls() -> None:
    others = (
        ', "further_calls": [{"name": "look", "arguments": {"a": "x"}},'
        ' {"name": "go", "arguments": {"b": [1]}}, {"name": "go", "arguments": {"b":[1]}}]}'
    )
    pieces = [TextDelta('"}'), *(TextDelta(letter) for letter in others)]
    seam = handed('{"a": "x', *pieces, STOP, more=True)
    assert await given(seam) == [call('"}', 2), call('{"b": [1]}', 3, "go", "new"), CALLS]
    assert seam.told.endswith("1 further one was made.")


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "}",
        ', "further',
        ', "further_calls": nonsense',
        ', "further_calls": [{"name": "go", "argu',
        ', "further_calls": [{"name": "else", "arguments": {}}, 3, {"name": "go"]}',
        ', "further_calls": [{"name": "go", "arguments": 1}, {"arguments": {}}]}',
    ],
)
@pytest.mark.parametrize("end", [STOP, Finish("length")])
async def test_whatever_stands_behind_whole_arguments_they_are_whole(
    tail: str, end: Finish
) -> None:
    seam = handed('{"a": 1', TextDelta("}" + tail), end, more=True)
    assert await given(seam) == [call("}", 2), CALLS]


async def test_arguments_that_had_not_begun_are_begun() -> None:
    life = StatusDelta("prefill")
    assert await given(handed("", life, TextDelta("}"), STOP)) == [life, call("{}", 2), CALLS]
    anew = handed("", TextDelta('Here: {"a": 1}'), STOP)
    assert await given(anew) == [call('{"a": 1}', 2), CALLS]
    told = AfterToldArguments(said(TextDelta('{"a": 1}'), STOP), "a/b", begun("", 2))
    assert await given(told) == [call('{"a": 1}', 2), CALLS]


@pytest.mark.parametrize(
    "anew",
    [
        '{"a": "xy", "b": 1}',
        '```json\n{"b": 1, "a": "xy"}\n```',
        '{"arguments": {"b": 1}, "further_calls": []}',
        '{"a": "xy", "b": 1}}',
    ],
)
async def test_who_begins_the_arguments_anew_completes_them(anew: str) -> None:
    told = await given(handed('{"a": "x"', TextDelta(anew[:5]), TextDelta(anew[5:]), STOP))
    assert told == [call(', "b": 1}', 2), CALLS]


async def test_arguments_whose_beginning_could_end_them_are_said_again() -> None:
    sent, again = '{"}": 1, "a": "', '{"}": 1, "a": "x"}'
    told = await given(handed(sent, *map(TextDelta, again), STOP))
    assert told == [call('x"}', 2), CALLS]


@pytest.mark.parametrize(
    ("pieces", "rest"),
    [
        (['lin"', "\n", '{"city": "Berlin"}'], 'lin"\n}'),
        (["lin", '"', ' ```json\n{"city": "Berlin", "unit": "C"}\n```'], 'lin", "unit": "C"}'),
        (list('{"city": "Berlin"}'), 'lin"}'),
        (list('```json\n{"arguments": {"city": "Berlin"}, "further_calls": []}'), 'lin"}'),
    ],
)
async def test_who_goes_on_and_then_begins_anew_says_nothing_twice(
    pieces: list[str], rest: str
) -> None:
    told = await given(handed('{"city": "Ber', *map(TextDelta, pieces), STOP))
    assert "".join(one.arguments for one in told if isinstance(one, ToolCallDelta)) == rest
    assert told[-1] == CALLS


async def test_what_says_nothing_whole_behind_what_was_given_is_an_error() -> None:
    pieces = map(TextDelta, ['lin", ', 'so: {"city": "Berlin"}'])
    with pytest.raises(AttemptFailed, match="other arguments"):
        await given(handed('{"city": "Ber', *pieces, STOP))
    with pytest.raises(AttemptFailed, match="other arguments"):
        await given(handed("city: Ber", TextDelta('{"city": "Berlin"}'), STOP))


async def test_arguments_may_hold_others_that_begin_alike() -> None:
    told = await given(handed('{"node": ', *map(TextDelta, '{"node": 1}} So.'), STOP))
    assert told == [call('{"node": 1}}', 2), CALLS]


@pytest.mark.parametrize(
    ("deltas", "what"),
    [
        ((TextDelta(" Sure, here it is."), STOP), "no JSON"),
        ((TextDelta(', "b"'), STOP), "before the arguments"),
    ],
)
async def test_arguments_that_cannot_be_whole_are_an_error(
    deltas: tuple[Delta, ...], what: str
) -> None:
    with pytest.raises(AttemptFailed, match=what):
        await given(handed('{"a": "x"', *deltas))


async def test_arguments_may_be_cut_by_the_longest_answer() -> None:
    length = Finish("length")
    assert await given(handed('{"a": "x', TextDelta("y"), length)) == [call("y", 2), length]


@pytest.mark.parametrize("bound", [("MOST_BEHIND", 20), ("LONGEST_S", -1.0)])
async def test_no_further_call_is_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, bound: tuple[str, float]
) -> None:
    monkeypatch.setattr(call_seams, *bound)
    more = TextDelta(', "further_calls": [{"name": "go", "arguments": {"b": 1}}, {"name": "go')
    endless = [TextDelta(" and on")] * 30
    counted = UsageDelta(Usage(input=9, output=3))
    seam = handed('{"a": 1', counted, TextDelta("}"), more, *endless, more=True)
    *told, end = await given(seam)
    assert call('{"b": 1}', 3, "go", "new") in told or bound[0] == "LONGEST_S"
    assert end == Finish("tool_calls", Usage(input=9, certain=False))
    old = (begun('{"a": 1}'),)
    again = AfterCalls(said(call('{"c": 1}', 0, "go"), *endless), "a/b", old, further(*old))
    assert (await given(again))[-1] == Finish("tool_calls", Usage(certain=False))


async def test_half_a_call_is_waited_for_as_long_as_its_model_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call_seams, "MOST_BEHIND", 3)
    letters = [TextDelta("x")] * 9
    told = await given(handed('{"a": "', *letters, TextDelta('"}'), STOP))
    assert (
        "".join(one.arguments for one in told if isinstance(one, ToolCallDelta)) == "x" * 9 + '"}'
    )


# Arguments that are told


@pytest.mark.parametrize(
    "again",
    [
        '{"city": "San José", "days": 3}',
        'Here it is:\n```json\n{ "days": 3, "city": "San José" }\n```',
        'San José", "days": 3}',
        '"city": "San José", "days": 3} That is all.',
        'sé", "days": 3}',
    ],
)
async def test_who_was_told_the_arguments_says_them_again_or_goes_on(again: str) -> None:
    old = begun('{"city": "San Jo')
    seam = AfterToldArguments(said(*map(TextDelta, again), STOP), "a/b", old)
    (rest, end) = await given(seam)
    assert isinstance(rest, ToolCallDelta)
    assert rest.arguments.replace(" ", "") == 'sé","days":3}'
    assert end == CALLS


@pytest.mark.parametrize(
    ("old", "said_on", "rest"),
    [
        ('{"city": "Rome", ', '"opts": {"x": 1}}', '"opts": {"x": 1}}'),
        ("{", '"opts": {}}', '"opts": {}}'),
        ('{"city": "Rome", ', 'so: "opts": {"x": 1}}', None),
        ('{"city": "Rome", ', 'so: "opts": [{"x": 1}, {}]}', None),
    ],
)
async def test_a_part_of_the_arguments_is_not_taken_for_all_of_them(
    old: str, said_on: str, rest: str | None
) -> None:
    seam = AfterToldArguments(said(TextDelta(said_on), STOP), "a/b", begun(old))
    if rest is None:
        with pytest.raises(AttemptFailed, match="other arguments"):
            await given(seam)
    else:
        assert await given(seam) == [call(rest), CALLS]


@pytest.mark.parametrize("other", ["", "No.", '{"city": "Rome"}', "[1]"])
async def test_other_arguments_than_those_that_were_sent_are_a_failure(other: str) -> None:
    seam = AfterToldArguments(said(TextDelta(other), STOP), "a/b", begun('{"city": "San Jo'))
    with pytest.raises(AttemptFailed, match="other arguments"):
        await given(seam)


# Free text


async def test_free_text_goes_on_as_text_does() -> None:
    old = replace(begun("def f():\n    return", custom=True), name="run")
    seam = AfterFreeText(said(ThinkingDelta("hm"), TextDelta(" 1"), STOP), "a/b", old)
    assert await given(seam) == [call(" 1"), CALLS]
    told = [TextDelta("def f():\n  "), TextDelta("  return 1\n")]
    seam = AfterFreeText(said(*told, STOP), "a/b", old, spliced=True)
    assert await given(seam) == [call(" 1\n"), CALLS]
    cut = Finish("length")
    assert await given(AfterFreeText(said(TextDelta(" 1"), cut), "a/b", old)) == [call(" 1"), cut]
