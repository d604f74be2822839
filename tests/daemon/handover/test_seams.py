"""What is given of an answer that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Citation,
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)
from homeport.daemon.handover import seams
from homeport.daemon.handover.seams import (
    AfterArguments,
    AfterCalls,
    AfterReasoning,
    AfterText,
    Seam,
    shape_of,
)
from homeport.daemon.handover.sent import BegunCall
from homeport.daemon.handover.splice import Splice

STOP = Finish("stop")
CALLS = Finish("tool_calls")


async def said(*deltas: Delta) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


async def given(seam: Seam) -> list[Delta]:
    return [delta async for delta in seam]


def call(arguments: str = "", index: int = 0, name: str = "", made: str = "") -> ToolCallDelta:
    return ToolCallDelta(index, id=made, name=name, arguments=arguments)


def begun(arguments: str, index: int = 0, name: str = "look", **more: bool) -> BegunCall:
    return BegunCall(index, id=f"c{index}", name=name, arguments=arguments, **more)


async def test_reasoning_begins_anew_as_a_part_of_its_own() -> None:
    seam = AfterReasoning(said(ThinkingDelta("again"), TextDelta("So"), STOP), "a/b")
    assert await given(seam) == [PartEnd(), ThinkingDelta("again"), TextDelta("So"), STOP]


async def test_reasoning_about_how_to_go_on_is_not_given() -> None:
    cited = CitationDelta(Citation(url="https://example.org"))
    wired = Wired("ollama", b"...", (TextDelta(" on"),))
    seam = AfterText(said(ThinkingDelta("hm"), wired, cited, STOP), "a/b")
    assert await given(seam) == [TextDelta(" on"), cited, STOP]
    assert seam.unsaid_tokens == 1


async def test_what_is_repeated_is_not_given() -> None:
    pieces = [TextDelta(text) for text in ("The capital of", " France is", " Par", "is.")]
    seam = AfterText(said(*pieces, STOP), "a/b", splice=Splice("The capital of France is"))
    told = await given(seam)
    assert "".join(one.text for one in told if isinstance(one, TextDelta)) == " Paris."
    assert seam.unsaid_tokens == 2


async def test_what_is_held_at_the_end_is_given() -> None:
    seam = AfterText(said(TextDelta(" Paris."), STOP), "a/b", splice=Splice("The capital is"))
    assert await given(seam) == [TextDelta(" Paris."), STOP]


async def test_json_goes_on_as_json_and_what_stands_behind_it_is_dropped() -> None:
    shape = shape_of('{"a": "o')
    seam = AfterText(said(TextDelta('ne"'), TextDelta('} and so'), TextDelta("on"), STOP), "a/b",
                     shape=shape)  # fmt: skip
    assert await given(seam) == [TextDelta('ne"'), TextDelta("}"), STOP]


@pytest.mark.parametrize(
    ("deltas", "kind"),
    [
        ((TextDelta('ne"'), TextDelta(" nonsense"), STOP), "garbage"),
        ((TextDelta('ne"'), STOP), "truncated"),
    ],
)
async def test_what_is_no_json_is_never_given_as_whole(deltas: list[Delta], kind: str) -> None:
    seam = AfterText(said(*deltas), "a/b", shape=shape_of('{"a": "o'))
    with pytest.raises(AttemptFailed) as caught:
        await given(seam)
    assert caught.value.failure.kind == kind


async def test_json_that_the_longest_answer_cuts_says_that_it_is_cut() -> None:
    short = Finish("length")
    seam = AfterText(said(TextDelta("ne"), short), "a/b", shape=shape_of('{"a": "o'))
    assert await given(seam) == [TextDelta("ne"), short]


def test_what_was_no_json_is_not_held_to_it() -> None:
    assert shape_of("```json\n{") is None
    assert shape_of(" ") is None
    assert shape_of('{"a"') is not None


async def test_a_call_that_began_is_completed_and_further_ones_follow_it() -> None:
    old = (begun('{"a":1}'), begun('{"b": "x', 1))
    new = [
        TextDelta("Once more:"),
        call('{"a": 1}', 0, "look", "n0"),
        call('{"b":"x', 1, "look", "n1"),
        call('yz"}', 1),
        call("{}", 2, "go", "n2"),
    ]
    seam = AfterCalls(said(*new, STOP), "a/b", old)
    assert await given(seam) == [call('yz"}', 1), call("{}", 2, "go", "n2"), CALLS]
    assert seam.unsaid_tokens == 4


async def test_calls_that_were_whole_need_nothing_more() -> None:
    seam = AfterCalls(said(call("{}", 0, "look"), CALLS), "a/b", (begun("{}"),))
    assert await given(seam) == [CALLS]


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
    seam = AfterCalls(said(*new), "a/b", (begun('{"a":1'),))
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


def handed(arguments: str, *deltas: Delta) -> Seam:
    prefix = arguments or "{"
    return AfterArguments(said(*deltas), "a/b", begun(arguments, 2), prefix)


async def test_arguments_go_on_as_they_come_and_nothing_follows_them() -> None:
    seam = handed('{"a": "x', ThinkingDelta("hm"), TextDelta("y"), TextDelta('"} So.'), STOP)
    assert await given(seam) == [call("y", 2), call('"}', 2), CALLS]
    assert seam.unsaid_tokens == 1


async def test_arguments_that_had_not_begun_are_begun() -> None:
    assert await given(handed("", TextDelta("}"), STOP)) == [call("{", 2), call("}", 2), CALLS]


@pytest.mark.parametrize("anew", ['{"a": "xy", "b": 1}', '```json\n{"b": 1, "a": "xy"}'])
async def test_who_begins_the_arguments_anew_completes_them(anew: str) -> None:
    told = await given(handed('{"a": "x"', TextDelta(anew[:5]), TextDelta(anew[5:]), STOP))
    assert told == [call(', "b": 1}', 2), CALLS]


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


async def test_a_call_that_was_whole_stands_whatever_is_made_of_it() -> None:
    for again in ((), (call('{"b":2}', 0, "look"),), (TextDelta("No."),)):
        assert await given(AfterCalls(said(*again, STOP), "a/b", (begun('{"a":1}'),))) == [CALLS]
