"""Turns of a conversation as Gemini takes them."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.adapters.gemini.contents import (
    UNSIGNED,
    Contents,
    Habits,
    NotWritable,
    contents_of,
    signature_of,
)

NEW = Habits(signs_calls=True, results_hold_files=True)
OLD = Habits(signs_calls=False, results_hold_files=False)
CALL = ToolCall("1", "f", "{}")


def turn(*parts: Part, role: Any = "user", habits: Habits = OLD) -> list[dict[str, Any]]:
    (row,) = contents_of([Message(role, parts)], habits).turns
    found: list[dict[str, Any]] = row["parts"]
    return found


def conversation(*messages: Message, habits: Habits = OLD) -> Contents:
    return contents_of(messages, habits)


@pytest.mark.parametrize(
    ("part", "row"),
    [
        (Text("a"), {"text": "a"}),
        (Refusal("no"), {"text": "no"}),
        (
            Image(url="https://x.example/a.webp?b"),
            {"fileData": {"fileUri": "https://x.example/a.webp?b", "mimeType": "image/webp"}},
        ),
        (
            Image(url="data:image/gif;base64,AAAA"),
            {"inlineData": {"mimeType": "image/gif", "data": "AAAA"}},
        ),
        (Audio("AAAA", "audio/mp3"), {"inlineData": {"mimeType": "audio/mp3", "data": "AAAA"}}),
        (
            Document(data="AAAA", name="a.csv"),
            {"inlineData": {"mimeType": "text/csv", "data": "AAAA"}},
        ),
        (
            Document(file_id="https://g.example/v1beta/files/1", media_type="video/mp4"),
            {
                "fileData": {
                    "fileUri": "https://g.example/v1beta/files/1",
                    "mimeType": "video/mp4",
                }
            },
        ),
        (Opaque("gemini", {"executableCode": {}}), {"executableCode": {}}),
    ],
)
def test_parts(part: Part, row: dict[str, Any]) -> None:
    assert turn(part) == [row]


@pytest.mark.parametrize(
    "part",
    [
        Opaque("anthropic", {}),
        Audio(id="audio_1"),
        Document(file_id="file-abc"),
        Image(),
        ToolResult("unknown", "x"),
    ],
)
def test_what_cannot_be_said(part: Part) -> None:
    with pytest.raises(NotWritable):
        turn(part)


def test_an_empty_turn_is_a_turn() -> None:
    assert turn() == [{"text": ""}]


@pytest.mark.parametrize(
    ("text", "args"),
    [("", {}), ('{"a":1}', {"a": 1}), ("[1]", {"arguments": [1]}), ("{a", {"arguments": "{a"})],
)
def test_arguments(text: str, args: dict[str, Any]) -> None:
    (row,) = turn(ToolCall("", "f", text), role="assistant")
    assert row == {"functionCall": {"name": "f", "args": args}}


def test_thoughts_of_others_stay_out() -> None:
    parts = (Thinking("hm", "EqQB"), Thinking("", redacted="x"), Thinking("hm"), Text("a"))
    assert turn(*parts, role="assistant") == [{"text": "a"}]


def test_own_thoughts_go_back() -> None:
    parts = (Thinking("hm", "gemini:s"), Thinking("", "gemini:t"), Text("a"))
    assert turn(*parts, role="assistant") == [
        {"text": "hm", "thought": True, "thoughtSignature": "s"},
        {"text": "", "thoughtSignature": "t"},
        {"text": "a"},
    ]


def test_the_first_call_of_a_step_is_signed_where_it_must_be() -> None:
    other = ToolCall("2", "g", "{}")
    rows = turn(Text("a"), CALL, other, role="assistant", habits=NEW)
    assert [row.get("thoughtSignature") for row in rows] == [None, UNSIGNED, None]
    assert "thoughtSignature" not in turn(CALL, role="assistant")[0]


@pytest.mark.parametrize(
    "extras",
    [{"thoughtSignature": "s"}, {"extra_content": {"google": {"thought_signature": "s"}}}],
)
def test_signatures_by_either_name(extras: dict[str, Any]) -> None:
    assert signature_of(extras) == "s"
    assert signature_of({"extra_content": 1, "thoughtSignature": 2}) == ""


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (ToolResult("1", "plain"), {"output": "plain"}),
        (ToolResult("1", '{"a": 1}'), {"a": 1}),
        (ToolResult("1", "{a"), {"output": "{a"}),
        (ToolResult("1", ""), {"output": ""}),
        (ToolResult("1", "no", is_error=True), {"error": "no"}),
    ],
)
def test_results(result: ToolResult, response: dict[str, Any]) -> None:
    turns = conversation(Message("assistant", (CALL,)), Message("tool", (result,))).turns
    row = {"functionResponse": {"name": "f", "response": response, "id": "1"}}
    assert turns[-1] == {"role": "user", "parts": [row]}


def test_files_of_a_result_stand_in_it_or_behind_all_results() -> None:
    result = ToolResult("1", "", attachments=(Image(data="AA", media_type="image/png"),))
    messages = (Message("assistant", (CALL,)), Message("user", (result, ToolResult("1", "b"))))
    file = {"inlineData": {"mimeType": "image/png", "data": "AA"}}
    held = conversation(*messages, habits=NEW).turns[-1]["parts"]
    assert held[0]["functionResponse"]["parts"] == [file]
    behind = conversation(*messages).turns[-1]["parts"]
    assert ["functionResponse" in row for row in behind] == [True, True, False]
    assert behind[-1] == file


def test_the_system_speaks_apart_wherever_it_spoke() -> None:
    written = conversation(
        Message("system", (Text("a"),)),
        Message("user", (Text("u"),)),
        Message("developer", (Text("b"),)),
    )
    assert written.system == [{"text": "a"}, {"text": "b"}]
    assert len(written.turns) == 1


def test_a_prefix_goes_on_from_the_models_own_last_words() -> None:
    messages = [Message("user", (Text("u"),)), Message("assistant", (Text("Once"),))]
    written = contents_of(messages, OLD, " upon")
    assert written.turns[-1] == {"role": "model", "parts": [{"text": "Once upon"}]}
