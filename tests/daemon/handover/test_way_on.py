"""How the next model is asked, by what was sent and what it can."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Prompt, ResponseFormat, TextDelta, Tool, ToolCallDelta
from homeport.daemon.handover.seams import AfterArguments, AfterCalls, AfterReasoning, AfterText
from homeport.daemon.handover.sent import BegunCall, Sent, sent_of
from homeport.daemon.handover.way_on import way_on
from homeport.daemon.routing.attempt import Attempt
from support.scripted import card, prompt

ABLE, TOLD = card("a/able"), card("b/told", continues=False)
SCHEMA = {"type": "object", "required": ["city"]}


async def nothing():
    return
    yield


def test_text_is_handed_over_where_it_can_be() -> None:
    asked = prompt(raw=b"{}")
    way = way_on(asked, Sent(text="The capital"), ABLE)
    assert (way.prompt, way.prefix, way.anew) == (asked, "The capital", False)
    assert isinstance(way.join(nothing(), "a/able"), AfterText)


def test_who_cannot_be_handed_it_is_told_to_go_on() -> None:
    way = way_on(prompt(), Sent(text="The capital"), TOLD)
    assert way.prefix == ""
    assert [message.role for message in way.prompt.messages] == ["user", "assistant", "user"]


def test_json_goes_on_without_a_grammar_and_with_its_schema_in_words() -> None:
    asked = prompt(response_format=ResponseFormat("json_schema", SCHEMA), raw=b"{}")
    for model in (ABLE, TOLD):
        way = way_on(asked, Sent(text='{"city": "Ro'), model)
        assert way.prompt.response_format.kind == "text"
        assert '"required":["city"]' in "".join(message.text for message in way.prompt.messages)
        assert way.prompt.raw == b""


def test_what_was_no_json_goes_on_as_text_under_its_grammar() -> None:
    asked = prompt(response_format=ResponseFormat("json"))
    assert way_on(asked, Sent(text="Sorry, but"), ABLE).prompt == asked


def test_a_call_is_made_again_by_anyone() -> None:
    begun = BegunCall(0, name="look", arguments='{"a":')
    way = way_on(prompt(), Sent(text="I look.", calls=(begun,)), TOLD)
    *_, said, told = way.prompt.messages
    assert (said.role, said.text, told.role) == ("assistant", "I look.", "user")
    assert '`look` with the arguments `{"a":`' in told.text
    assert way.anew
    assert isinstance(way.join(nothing(), "b/told"), AfterCalls)


def offered(**fields: Any) -> Prompt:
    schema = {"type": "object", "properties": {"city": {}, "days": {}, "unit": {}}}
    return prompt(tools=(Tool("look", parameters=schema), Tool("go")), raw=b"{}", **fields)


def test_arguments_are_handed_to_who_can_go_on_with_them() -> None:
    begun = BegunCall(0, name="look", arguments='{"city": "Ro')
    before = BegunCall(0, name="go", arguments="{}")
    asked = offered(tool_choice="required")
    way = way_on(asked, Sent(text="I look.", calls=(before, begun)), ABLE)
    assert (way.prefix, way.prompt.tools, way.prompt.tool_choice) == (begun.arguments, (), None)
    *_, said, told = way.prompt.messages
    assert said.text == "I look."
    assert "`look` now, after you called `go` with the arguments `{}`" in told.text
    assert not way.anew
    assert isinstance(way.join(nothing(), "a/able"), AfterArguments)


@pytest.mark.parametrize(
    ("begun", "order"),
    [
        ("", ["city", "days", "unit"]),
        ('{"days": 3, "ci', ["days", "city", "unit"]),
        ('{"un', ["unit", "city", "days"]),
    ],
)
def test_a_grammar_has_the_fields_in_the_order_in_which_they_were_begun(
    begun: str, order: list[str]
) -> None:
    engine = card("a/engine", host="", capabilities=("json_schema", "tools"))
    call = BegunCall(0, name="look", arguments=begun)
    way = way_on(offered(), Sent(calls=(call,)), engine)
    schema = way.prompt.response_format.schema or {}
    assert list(schema["properties"]) == order
    far = way_on(offered(), Sent(calls=(call,)), card("b/far", host="b.example.com"))
    assert far.prompt.response_format.kind == "text"


@pytest.mark.parametrize(
    ("name", "arguments", "custom"),
    [("look", '{"city": "Rome"}', False), ("look", "free", True), ("gone", '{"a', False)],
)
def test_whole_free_or_unknown_calls_are_made_again(
    name: str, arguments: str, custom: bool
) -> None:
    begun = BegunCall(0, name=name, arguments=arguments, custom=custom)
    way = way_on(offered(), Sent(calls=(begun,)), ABLE)
    assert isinstance(way.join(nothing(), "a/able"), AfterCalls)


@pytest.mark.parametrize(
    ("arguments", "choice"), [('{"city": "Ro', "look"), ('{"city": "Rome"}', None)]
)
def test_who_makes_a_call_again_has_to_make_that_one(arguments: str, choice: str | None) -> None:
    begun = BegunCall(0, name="look", arguments=arguments)
    way = way_on(offered(), Sent(calls=(begun,)), TOLD)
    assert way.prompt.tool_choice == choice


def test_reasoning_alone_has_the_answer_begin_anew() -> None:
    way = way_on(prompt(raw=b"{}"), Sent(reasoned=True), TOLD)
    assert (way.prefix, way.prompt.raw, way.anew) == ("", b"", True)
    assert isinstance(way.join(nothing(), "b/told"), AfterReasoning)


def test_what_several_attempts_gave_is_one_answer() -> None:
    first, second = (Attempt("r", n, ABLE, "", lambda: 0) for n in (1, 2))
    first._note(TextDelta("I look. "))
    first._note(ToolCallDelta(0, id="c", name="look", arguments='{"a":'))
    second._note(ToolCallDelta(0, arguments="1}"))
    second._note(ToolCallDelta(1, id="d", name="go", arguments="{}"))
    sent = sent_of([first, second])
    assert sent.text == "I look. "
    assert [(one.id, one.name, one.arguments) for one in sent.calls] == [
        ("c", "look", '{"a":1}'),
        ("d", "go", "{}"),
    ]
