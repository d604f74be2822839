"""How the next model is asked to go on with tool calls, by what was sent and what it can."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.adapters.base import Prompt, Tool
from homeport.adapters.engine.schema_grammar import grammar_for
from homeport.daemon.handover.call_seams import (
    AfterArguments,
    AfterCalls,
    AfterFreeText,
    AfterToldArguments,
)
from homeport.daemon.handover.calling_on import MUCH
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.way import WayOn
from homeport.daemon.handover.way_on import way_on
from homeport.policies.model import ModelCard
from support.scripted import card, prompt

ABLE, TOLD = card("a/able", host="a.example"), card("b/told", continues=False)
ENGINE = card("a/engine", host="", capabilities=("json_schema", "tools"))
SCHEMA = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/place"}, "days": {"type": "integer"}},
    "$defs": {"place": {"type": "string"}},
}
TOOLS = (Tool("look", parameters=SCHEMA), Tool("go"), Tool("run", kind="custom"))


async def nothing():
    return
    yield


def offered(**fields: Any) -> Prompt:
    return prompt(tools=TOOLS, raw=b"{}", **fields)


def way(sent: Sent, model: ModelCard, asked: Prompt | None = None, *, again: bool = False) -> WayOn:
    return way_on(asked or offered(), sent, model, again=again)


def joined(made: WayOn) -> type:
    return type(made.join(nothing(), "a/b"))


def calls(*arguments: str, name: str = "look", custom: bool = False) -> Sent:
    return Sent(calls=tuple(BegunCall(at, f"c{at}", name, text, custom)
                            for at, text in enumerate(arguments)))  # fmt: skip


def told(made: WayOn) -> str:
    return made.prompt.messages[-1].text


ALONE = offered(parallel_tool_calls=False)


def test_arguments_are_handed_to_who_can_go_on_with_them() -> None:
    before, begun = BegunCall(0, "c", "go", "{}"), BegunCall(1, "d", "look", '{"city": "Ro')
    made = way(Sent(text="I look.", calls=(before, begun)), ABLE, ALONE)
    assert (made.prefix, made.prompt.tools, made.prompt.tool_choice) == (begun.arguments, (), None)
    assert made.prompt.messages[-2].text == "I look."
    assert "`look` now, after you called `go` with the arguments `{}`" in told(made)
    assert (made.anew, joined(made)) == (False, AfterArguments)


def test_with_room_for_other_calls_where_more_may_follow() -> None:
    made = way(calls('{"city": "Rome"}', ' {"city": "Os'), ABLE)
    assert made.prefix == '{"arguments": {"city": "Os'
    assert "`further_calls`" in told(made)
    assert way(calls("{"), ABLE, again=True).prefix == "{"


@pytest.mark.parametrize("asked", [ALONE, offered()], ids=["alone", "with others"])
def test_the_engine_is_held_to_the_schema_of_what_it_is_asked_for(asked: Prompt) -> None:
    made = way(calls('{"days": 3, "ci'), ENGINE, asked)
    form = made.prompt.response_format
    assert (form.kind, form.strict) == ("json_schema", False)
    assert form.schema is not None
    this = form.schema if asked is ALONE else form.schema["$defs"]["this"]
    assert list(this["properties"]) == ["days", "city"]
    assert grammar_for(msgspec.json.encode(form.schema))
    assert way(calls('{"days": 3, "ci'), ABLE).prompt.response_format.kind == "text"


def test_who_cannot_be_handed_them_makes_that_call_again() -> None:
    made = way(Sent("I look.", calls('{"city": "Rome", "da').calls), TOLD, ALONE)
    assert (made.prompt.tool_choice, made.anew, joined(made)) == ("look", True, AfterCalls)
    assert '`look` with the arguments `{"city": "Rome", "da`…' in told(made)
    fields = made.prompt.tools[0].parameters["properties"]
    assert fields["city"] == {"const": "Rome"}
    assert made.prompt.tools[1] == TOOLS[1]


def test_and_others_where_more_may_follow() -> None:
    made = way(calls('{"city": "Ro'), TOLD)
    assert (made.prompt.tool_choice, made.prompt.tools) == ("required", TOOLS)
    assert "Then make the other calls" in told(made)


def test_who_failed_at_that_writes_the_arguments_as_text() -> None:
    made = way(calls('{"city": "Ro'), TOLD, again=True)
    assert (made.prompt.tools, joined(made)) == ((), AfterToldArguments)
    assert '{"city": "Ro\n' in told(made)
    held = way(calls('{"days": 3,'), card("b/home", continues=False,
               capabilities=("tools", "json_schema")), again=True)  # fmt: skip
    assert held.prompt.response_format.schema is not None


def test_much_that_was_begun_is_not_written_again() -> None:
    long = '{"city": "' + "a word " * MUCH
    made = way(calls(long), TOLD)
    assert joined(made) is AfterToldArguments
    assert [message.role for message in made.prompt.messages[-2:]] == ["assistant", "user"]
    assert "a word a word" in told(made)


def test_behind_whole_calls_it_is_asked_whether_any_are_missing() -> None:
    made = way(calls('{"city": "Rome"}'), TOLD, offered(tool_choice="required"))
    assert (made.prompt.tool_choice, joined(made)) == ("auto", AfterCalls)
    assert "answer with the one word: done" in told(made)


def test_free_text_goes_on_or_is_made_again() -> None:
    begun = calls("print(", name="run", custom=True)
    made = way(begun, ABLE)
    assert (made.prefix, made.prompt.tools, joined(made)) == ("print(", (), AfterFreeText)
    assert joined(way(begun, TOLD)) is AfterCalls
    assert way(begun, TOLD).prompt.tool_choice == "run"
    assert joined(way(begun, TOLD, again=True)) is AfterFreeText


def test_a_call_of_a_tool_that_was_not_offered_is_made_again_by_choice() -> None:
    made = way(calls('{"a', name="gone"), ABLE, offered(tool_choice="auto"))
    assert (made.prompt.tool_choice, joined(made)) == ("auto", AfterCalls)
