"""Tools that take free text, told as functions and read back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from homeport.adapters.base import (
    Delta,
    Finish,
    Message,
    PartEnd,
    Prompt,
    StatusDelta,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolResult,
)
from homeport.adapters.mending.free_text import functions_only, text_in, unwrapped
from homeport.adapters.mending.tool_offer import FREE_TEXT

GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}
PATCH = Tool("patch", "Edits files.", extras={"format": GRAMMAR}, kind="custom")
FIND = Tool("find", parameters={"type": "object"})
CUSTOM = {"type": "custom"}
DONE = Finish("tool_calls")


async def read(deltas: Sequence[Delta], prompt: Prompt) -> list[Delta]:
    async def told() -> AsyncIterator[Delta]:
        for delta in deltas:
            yield delta

    return [delta async for delta in unwrapped(told(), prompt)]


def test_what_has_no_such_tool_stays_the_same() -> None:
    prompt = Prompt((Message("user", (Text("hi"),)),), tools=(FIND,), raw=b"{}")
    assert functions_only(prompt) is prompt


def test_the_tool_and_its_calls_become_functions() -> None:
    said = Message("assistant", (ToolCall("c1", "patch", 'a "b"', {**CUSTOM, "status": "x"}),))
    heard = Message("tool", (ToolResult("c1", "ok", extras=CUSTOM),))
    told = functions_only(Prompt((said, heard), tools=(PATCH, FIND), wire="openai-chat", raw=b"{}"))
    assert told.tools[1] is FIND
    assert (told.tools[0].kind, told.tools[0].parameters) == ("function", FREE_TEXT)
    assert told.tools[0].description.startswith("Edits files.\n\n")
    assert told.tools[0].description.endswith("(lark):\nstart: /.+/")
    call = told.messages[0].parts[0]
    assert call == ToolCall("c1", "patch", '{"input":"a \\"b\\""}', {"status": "x"})
    assert told.messages[1].parts == (ToolResult("c1", "ok"),)
    assert told.raw == b""


def test_a_grammar_of_the_chat_wire() -> None:
    nested = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "^a$"}}
    tool = Tool("patch", extras={"custom": {"name": "patch", "format": nested}}, kind="custom")
    told = functions_only(Prompt((), tools=(tool,), wire="openai-responses", raw=b"{}"))
    assert told.tools[0].description.endswith("(regex):\n^a$")
    assert told.raw == b"{}"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"input":"a\\nb"}', "a\nb"), ('{"code":"x"}', "x"), ('"x"', "x"), ("{}", ""),
        ("*** Begin", "*** Begin"), ('{"a":1}', '{"a":1}'),
        ('{"a":"x","b":"y"}', '{"a":"x","b":"y"}'),
        ("[1]", "[1]"), ("", ""),
    ],
)  # fmt: skip
def test_what_is_in_the_arguments(arguments: str, text: str) -> None:
    assert text_in(arguments) == text


async def test_the_text_comes_back() -> None:
    prompt = Prompt((), tools=(PATCH, FIND))
    told = await read(
        [
            ToolCallDelta(0, "c1", "patch", '{"inp'), ToolCallDelta(0, arguments='ut":"a"}'),
            PartEnd(), ToolCallDelta(1, "c2", "find", "{}"), PartEnd(), DONE,
        ],
        prompt,
    )  # fmt: skip
    assert told == [
        ToolCallDelta(0, "c1", "patch", extras=CUSTOM), ToolCallDelta(0, arguments="a"),
        PartEnd(), ToolCallDelta(1, "c2", "find", "{}"), PartEnd(), DONE,
    ]  # fmt: skip


async def test_calls_side_by_side() -> None:
    told = await read(
        [
            ToolCallDelta(0, "c1", "patch", '{"input":'), StatusDelta("prefill"),
            ToolCallDelta(1, "c2", "patch", '{"input":"b"}'), ToolCallDelta(0, arguments='"a"}'),
            TextDelta("Done."), DONE,
        ],
        Prompt((), tools=(PATCH,)),
    )  # fmt: skip
    assert told[-4:] == [
        ToolCallDelta(0, arguments="a"), ToolCallDelta(1, arguments="b"), TextDelta("Done."), DONE,
    ]  # fmt: skip


async def test_text_that_came_as_text_is_left_alone() -> None:
    plain = ToolCallDelta(0, "c1", "patch", '{"input":"a"}', CUSTOM)
    assert await read([plain, DONE], Prompt((), tools=(PATCH,))) == [plain, DONE]
