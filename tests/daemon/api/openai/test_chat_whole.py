"""A whole `chat.completion` object from deltas."""

from __future__ import annotations

from homeport.adapters.base import Finish, Prompt, TextDelta, ThinkingDelta, ToolCallDelta, Usage
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import dropped_knobs
from homeport.daemon.api.openai.chat_whole import Whole

VIEW = RequestView(id="r1", at_ms=0, state="done", model="p/m", place="local")


def whole(*deltas: object) -> Whole:
    made = Whole()
    for delta in deltas:
        made.add(delta)  # type: ignore[arg-type]
    return made


def test_text_and_thinking_are_put_together() -> None:
    made = whole(
        ThinkingDelta("hm"),
        TextDelta("a"),
        TextDelta("b"),
        Finish("stop", Usage(input=3, output=2)),
    )
    completion = made.object(Prompt(messages=()), VIEW, 7)
    (choice,) = completion["choices"]
    assert choice["message"]["content"] == "ab"
    assert choice["message"]["reasoning_content"] == "hm"
    assert completion["usage"]["total_tokens"] == 5
    assert (completion["id"], completion["created"]) == ("chatcmpl-r1", 7)
    assert dropped_knobs(made.finish) == []


def test_tool_calls_keep_their_order_and_their_arguments_as_written() -> None:
    made = whole(
        ToolCallDelta(1, "b", "second", "{"),
        ToolCallDelta(0, "a", "first", '{"x":'),
        ToolCallDelta(0, arguments="1}"),
        ToolCallDelta(1, arguments="}"),
        Finish("tool_calls"),
    )
    message = made.object(Prompt(messages=()), VIEW, 7)["choices"][0]["message"]
    assert message["content"] is None
    assert [call["id"] for call in message["tool_calls"]] == ["a", "b"]
    assert message["tool_calls"][0]["function"] == {"name": "first", "arguments": '{"x":1}'}


def test_dropped_knobs_are_named() -> None:
    made = whole(TextDelta("a"), Finish("stop", extras={"dropped": ["seed", "top_k"]}))
    assert dropped_knobs(made.finish) == ["seed", "top_k"]
    assert made.object(Prompt(messages=()), VIEW, 7)["homeport"]["dropped"] == ["seed", "top_k"]
