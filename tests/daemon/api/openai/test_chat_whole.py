"""A whole `chat.completion` object from deltas."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import (
    Delta,
    Finish,
    PartEnd,
    Prompt,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import dropped_knobs
from homeport.daemon.api.openai.chat_read import read
from homeport.daemon.api.openai.chat_whole import Whole
from homeport.daemon.api.openai.chat_write import Chunks

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


SIGNED: tuple[Delta, ...] = (
    ThinkingDelta("hm "), ThinkingDelta("so"), ThinkingDelta("", signature="one"),
    ThinkingDelta("lost"), PartEnd(), ThinkingDelta("then", signature="two"),
    ThinkingDelta("", redacted="zz"), TextDelta("a"), Finish("stop"),
)  # fmt: skip
"""An answer in several blocks of reasoning."""


def sent_back(message: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The reasoning that is read where a program sends a message back."""
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a", **message}]
    prompt, _ = read(json.dumps({"messages": turns}).encode(), {})
    thoughts = [part for part in prompt.messages[1].parts if isinstance(part, Thinking)]
    return [(thought.text, thought.signature, thought.redacted) for thought in thoughts]


def test_signed_reasoning_comes_back_with_the_words_that_were_signed() -> None:
    blocks = [("hm so", "one", ""), ("then", "two", ""), ("", "", "zz")]
    told = whole(*SIGNED).object(Prompt(messages=()), VIEW, 7)["choices"][0]["message"]
    assert sent_back(told) == blocks


def test_a_stream_tells_the_words_before_their_signature() -> None:
    chunks = Chunks("r1", 7, Prompt(messages=()), with_usage=False)
    encode = chunks.opening(lambda: "p/m")
    lines = b"".join(map(encode, SIGNED[:3])).decode().strip().split("\n\n")
    pieces = [json.loads(line.removeprefix("data: "))["choices"][0]["delta"] for line in lines]
    words = "".join(piece.get("reasoning_content", "") for piece in pieces)
    details = [detail for piece in pieces for detail in piece.get("reasoning_details", ())]
    assert words == "hm so"
    assert sent_back({"reasoning_content": words, "reasoning_details": details}) == [
        ("hm so", "one", "")
    ]
