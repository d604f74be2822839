"""How the next model is asked, by what was sent and what it can."""

from __future__ import annotations

from homeport.adapters.base import ResponseFormat, TextDelta, ToolCallDelta
from homeport.daemon.handover.call_seams import AfterCalls
from homeport.daemon.handover.seams import AfterReasoning, AfterText
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


def test_reasoning_alone_has_the_answer_begin_anew() -> None:
    way = way_on(prompt(raw=b"{}"), Sent(reasoned=True), TOLD)
    assert (way.prefix, way.prompt.raw, way.anew) == ("", b"", True)
    assert isinstance(way.join(nothing(), "b/told"), AfterReasoning)


def test_behind_a_call_comes_what_belongs_to_calls() -> None:
    begun = BegunCall(0, name="look", arguments='{"a":')
    way = way_on(prompt(), Sent(text="I look.", calls=(begun,)), TOLD)
    assert isinstance(way.join(nothing(), "b/told"), AfterCalls)


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
