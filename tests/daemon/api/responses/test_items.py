"""Input items become messages without losing a part, and what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import (
    Document,
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.responses.items import OPAQUE_ITEMS, messages_of
from homeport.policies.errors import BadRequest

WIRE = "openai-responses"


def read(*items: Any, hidden: bool = False) -> list[Message]:
    return messages_of(items, [f"input[{i}]" for i in range(len(items))], hidden=hidden)


def refused(*items: Any) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read(*items)
    return caught.value


CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}", "id": "fc_1"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "42"}


def test_messages_keep_their_roles() -> None:
    made = read(
        {"role": "user", "content": "hi"},
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "x"}]},
        {"role": "system", "content": ""},
    )
    assert [(m.role, m.text) for m in made] == [("user", "hi"), ("developer", "x"), ("system", "")]


def test_what_the_model_said_is_one_turn() -> None:
    said = {
        "type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
        "content": [{"type": "output_text", "text": "Let me look.", "annotations": []}],
    }  # fmt: skip
    thought = {
        "type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA",
        "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}],
    }  # fmt: skip
    turn, result, last = read(thought, said, CALL, OUTPUT, {"role": "user", "content": "so?"})
    assert turn.role == "assistant"
    thinking, text, call = turn.parts
    assert thinking == Thinking(
        "a\n\nb", extras={"summary": thought["summary"]}, redacted="gAAA", id="rs_1"
    )
    assert text == Text("Let me look.")
    assert call == ToolCall("c1", "f", "{}", {"id": "fc_1"})
    assert turn.extras == {"id": "msg_1", "status": "completed"}
    assert result == Message("tool", (ToolResult("c1", "42"),))
    assert last.role == "user"


def test_two_messages_of_the_model_stay_two() -> None:
    first = {"role": "assistant", "content": "one", "phase": "commentary"}
    second = {"role": "assistant", "content": "two", "phase": "final_answer"}
    made = read(first, second)
    assert [(m.text, m.extras["phase"]) for m in made] == [
        ("one", "commentary"), ("two", "final_answer"),
    ]  # fmt: skip


def test_the_whole_of_reasoning_counts_before_its_summary() -> None:
    item = {
        "type": "reasoning", "summary": [], "encrypted_content": None,
        "content": [{"type": "reasoning_text", "text": "deep"}],
    }  # fmt: skip
    (turn,) = read(item)
    assert turn.parts == (Thinking("deep", extras={"summary": [], "content": item["content"]}),)


def test_results_hold_parts() -> None:
    output = [
        {"type": "input_text", "text": "see "},
        {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
        {"type": "input_file", "file_data": "data:application/pdf;base64,BB==", "filename": "a"},
        {"type": "input_text", "text": "there"},
    ]
    _, message = read(CALL, {**OUTPUT, "output": output, "status": "completed"})
    (result,) = message.parts
    assert isinstance(result, ToolResult)
    assert result.text == "see there"
    assert result.attachments == (
        Image(data="AA==", media_type="image/png"),
        Document(data="BB==", media_type="application/pdf", name="a"),
    )
    assert result.extras == {"status": "completed"}


def test_free_text_tools() -> None:
    call = {"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "*** Begin"}
    output = {"type": "custom_tool_call_output", "call_id": "c", "output": "done"}
    turn, result = read(call, output)
    assert turn.parts == (ToolCall("c", "patch", "*** Begin", {"type": "custom"}),)
    assert result.parts == (ToolResult("c", "done", extras={"type": "custom"}),)


@pytest.mark.parametrize("kind", sorted(OPAQUE_ITEMS))
def test_what_only_openai_understands_is_carried_whole(kind: str) -> None:
    item = {"type": kind, "id": "x_1", "anything": [1]}
    (message,) = read(item)
    assert message.parts == (Opaque(WIRE, item),)


def test_calls_may_stand_behind_what_is_not_seen() -> None:
    shell = {"type": "local_shell_call", "call_id": "s1", "action": {}}
    assert len(read(shell, {**OUTPUT, "call_id": "s1"})) == 2
    assert len(read({"type": "item_reference", "id": "fc_9"}, OUTPUT)) == 2
    assert len(read(OUTPUT, hidden=True)) == 1


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ((OUTPUT,), "input[0].call_id"),
        (("hi",), "input[0]"),
        (({"type": "smoke_signal"},), "input[0].type"),
        (({"type": ["message"]},), "input[0].type"),
        (({"content": "hi"},), "input[0].role"),
        (({"role": "tool", "content": "hi"},), "input[0].role"),
        (({"role": 7, "content": "hi"},), "input[0].role"),
        (({"role": "user"},), "input[0].content"),
        (({"role": "user", "content": 7},), "input[0].content"),
        (({"role": "user", "content": [7]},), "input[0].content[0]"),
        (({**CALL, "arguments": {}},), "input[0].arguments"),
        (({**CALL, "call_id": None},), "input[0].call_id"),
        ((CALL, {**OUTPUT, "output": None}), "input[1].output"),
        ((CALL, {**OUTPUT, "output": {}}), "input[1].output"),
        (({"type": "reasoning", "summary": 7},), "input[0].summary"),
        (({"type": "reasoning", "summary": [], "encrypted_content": 7},),
         "input[0].encrypted_content"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(items: tuple[Any, ...], param: str) -> None:
    error = refused(*items)
    assert (error.status, error.param) == (400, param)
    assert f"`{param}`" in error.sentence


def test_tools_that_come_later_are_named_where_they_come() -> None:
    offer = {
        "type": "additional_tools",
        "tools": [
            {"type": "function", "name": "look_up"},
            {"type": "namespace", "name": "box", "tools": [{"type": "custom", "name": "run"}, 7]},
        ],
    }
    messages = [{"role": "user", "content": "Hello"}]
    assert len(messages_of([offer, *messages], ["input[0]", "input[1]"])) == 1
    _, told = messages_of([*messages, offer], ["input[0]", "input[1]"])
    assert (told.role, told.text) == (
        "developer",
        "More tools can be called from here on: look_up, run.",
    )
