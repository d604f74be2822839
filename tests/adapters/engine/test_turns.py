"""From a prompt to what the engine is asked."""

from __future__ import annotations

import json

import pytest

from homeport.adapters.base import (
    Completion,
    Image,
    Limits,
    Message,
    Opaque,
    Part,
    Prompt,
    Refusal,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Generate, Turn, TurnCall
from homeport.adapters.engine.schema_grammar import ANY_OBJECT
from homeport.adapters.engine.turns import request_for

LIMITS = Limits(max_tokens=100, deadline_s=10.0)


def request(*messages: Message, **rest: object) -> Generate:
    asked = Prompt(messages=messages, **rest)  # type: ignore[arg-type]
    return request_for(asked, prefix="so far", limits=LIMITS, request_id=5)


def user(*parts: Part) -> Message:
    return Message("user", parts)


def test_messages_become_turns() -> None:
    asked = request(
        Message("developer", (Text("Be brief."),)),
        user(Text("a"), Text("b")),
        Message("assistant", (Thinking("hm"), ToolCall("c1", "f", "{}"), Refusal("no"))),
        Message("tool", (ToolResult("c1", "7"), ToolResult("c2", "broke", is_error=True))),
        user(),
    )
    assert asked.id == 5
    assert asked.prefix == "so far"
    assert asked.turns == (
        Turn("system", "Be brief."),
        Turn("user", "ab"),
        Turn("assistant", "no", (TurnCall("c1", "f", "{}"),)),
        Turn("tool", "7", (), "c1", "f"),
        Turn("tool", "Error: broke", (), "c2"),
        Turn("user", ""),
    )


def test_plain_text_has_no_turns() -> None:
    words = user(Text("Once upon"))
    asked = request(words, completion=Completion("Once upon"))
    assert (asked.turns, asked.prefix, asked.plain) == ((), "Once uponso far", True)
    assert not request(words).plain
    with pytest.raises(EngineFailure, match="suffix"):
        request(words, completion=Completion("Once upon", suffix="the end"))


def test_halves_of_characters_are_replaced() -> None:
    assert request(user(Text("a\ud83d"))).turns == (Turn("user", "a?"),)


@pytest.mark.parametrize(
    "part",
    [Image(url="x"), Opaque("openai-chat", {}), ToolResult("c", "x", attachments=(Image("y"),))],
)
def test_what_is_not_text_is_refused(part: Part) -> None:
    with pytest.raises(EngineFailure, match="text alone") as caught:
        request(user(part))
    assert caught.value.kind == "unsupported"


def test_tools_are_offered_unless_they_may_not_be_used() -> None:
    offered = request(user(Text("x")), tools=(Tool("f"),), tool_choice="required")
    assert json.loads(offered.tools)[0]["function"]["name"] == "f"
    assert offered.must_call
    assert offered.parallel
    assert request(user(Text("x")), tools=(Tool("f"),), tool_choice="none").tools == b""


def test_a_call_of_free_text_is_told_as_a_function() -> None:
    call = ToolCall("c", "f", "go", {"type": "custom"})
    (turn,) = request(Message("assistant", (call,))).turns
    assert turn.calls == (TurnCall("c", "f", '{"input": "go"}'),)


def test_whether_to_reason_is_passed_on() -> None:
    def asked(**knobs: object) -> bool | None:
        return request(user(Text("x")), sampling=Sampling(**knobs)).thinks  # type: ignore[arg-type]

    assert asked() is None
    assert asked(reasoning_budget=0) is False
    assert asked(reasoning_effort="none") is False
    assert asked(reasoning_effort="low") is True


def test_the_smaller_maximum_counts() -> None:
    assert request(user(Text("x"))).max_tokens == 100
    assert request(user(Text("x")), sampling=Sampling(max_tokens=7)).max_tokens == 7
    assert request(user(Text("x")), sampling=Sampling(max_tokens=7000)).max_tokens == 100
    assert request(user(Text("x")), sampling=Sampling(max_tokens=-7)).max_tokens == 0


def test_knobs_are_passed_on() -> None:
    sampling = Sampling(
        temperature=0.5, top_p=0.8, top_k=3, seed=9, stop=("x",), presence_penalty=1.0,
        logprobs=True, top_logprobs=99,
    )  # fmt: skip
    asked = request(user(Text("x")), sampling=sampling)
    plan = asked.sampling
    assert (plan.temperature, plan.top_p, plan.top_k, plan.seed) == (0.5, 0.8, 3, 9)
    assert (plan.presence_penalty, plan.frequency_penalty) == (1.0, 0.0)
    assert (asked.stop, asked.logprobs, asked.top_logprobs) == (("x",), True, 20)


def test_the_shape_of_the_answer_is_passed_on() -> None:
    schema = {"type": "null"}
    shaped = ResponseFormat(kind="json_schema", schema=schema)
    assert json.loads(request(user(Text("x")), response_format=shaped).schema) == schema
    loose = ResponseFormat(kind="json_schema")
    assert request(user(Text("x")), response_format=loose).schema == ANY_OBJECT
    assert request(user(Text("x")), response_format=ResponseFormat("json")).schema == ANY_OBJECT
    assert request(user(Text("x"))).schema == b""
