"""Tools, the choice among them, and structured answers."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.parts import NotWritable
from homeport.adapters.anthropic.tools import Unwrapped, answer_format, tool_fields
from homeport.adapters.base import Prompt, ResponseFormat, Tool
from support.asks import user

OLD, NEW = traits_of("claude-opus-4-1"), traits_of("claude-opus-4-8")
F = Tool("f", "does", {"properties": {"x": {"type": "string"}}})
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}}


def prompt(**fields: Any) -> Prompt:
    return user(**({"tools": (F,)} | fields))


def test_a_function() -> None:
    marked = Tool("g", extras={"cache_control": {"type": "ephemeral"}, "x": 1}, strict=True)
    written = tool_fields(prompt(tools=(F, marked)), NEW).fields["tools"]
    assert written == [
        {"name": "f", "description": "does", "input_schema": {"type": "object", **F.parameters}},
        {"name": "g", "input_schema": {"type": "object"},
         "cache_control": {"type": "ephemeral"}},
    ]  # fmt: skip
    own = tool_fields(prompt(tools=(marked,), wire="anthropic"), NEW).fields["tools"][0]
    assert (own["x"], own["strict"]) == (1, True)


def test_a_tool_of_the_provider_is_carried_and_another_providers_is_refused() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    tool = Tool("web_search", kind="server", wire="anthropic", extras=search)
    assert tool_fields(prompt(tools=(tool,)), NEW).fields["tools"] == [search]
    with pytest.raises(NotWritable):
        tool_fields(prompt(tools=(Tool("x", kind="server", wire="openai-responses"),)), NEW)


def test_a_tool_that_takes_text_is_wrapped() -> None:
    written = tool_fields(prompt(tools=(Tool("patch", kind="custom"),)), NEW)
    assert written.fields["tools"][0]["input_schema"]["required"] == ["input"]
    assert written.unwrapped == Unwrapped(text_tools=frozenset({"patch"}))


@pytest.mark.parametrize(
    ("choice", "parallel", "written"),
    [
        (None, None, None),
        ("auto", None, {"type": "auto"}),
        ("required", None, {"type": "any"}),
        ("none", None, {"type": "none"}),
        ("none", False, {"type": "none"}),
        ("f", None, {"type": "tool", "name": "f"}),
        ({"type": "function", "function": {"name": "f"}}, None, {"type": "tool", "name": "f"}),
        ({"type": "function", "name": "f"}, None, {"type": "tool", "name": "f"}),
        ({"type": "allowed_tools", "mode": "required", "tools": []}, None, {"type": "any"}),
        ({"odd": 1}, None, {"type": "auto"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", False, {"type": "any", "disable_parallel_tool_use": True}),
        (None, True, None),
    ],
)
def test_choices(choice: Any, parallel: bool | None, written: Any) -> None:
    fields = tool_fields(prompt(tool_choice=choice, parallel_tool_calls=parallel), NEW).fields
    assert fields.get("tool_choice") == written
    assert tool_fields(user(tool_choice=choice), NEW).fields == {}


def test_a_schema_is_held_to_by_the_model_or_by_a_tool() -> None:
    wanted = ResponseFormat("json_schema", SCHEMA, "thing")
    assert answer_format(wanted, NEW) == {
        "format": {"type": "json_schema", "schema": SCHEMA | {"additionalProperties": False}}
    }
    assert answer_format(wanted, OLD) == {}
    assert answer_format(ResponseFormat("json"), NEW) == {}
    assert tool_fields(user(response_format=wanted), NEW).fields == {}
    forced = tool_fields(user(response_format=wanted), OLD)
    assert forced.fields["tools"][0]["input_schema"] == SCHEMA
    assert forced.fields["tool_choice"] == {"type": "tool", "name": "answer"}
    assert forced.unwrapped == Unwrapped("answer")
    assert forced.is_forced


def test_an_answer_that_is_no_object_is_wrapped_beside_other_tools() -> None:
    wanted = ResponseFormat("json_schema", {"type": "array"})
    forced = tool_fields(prompt(tools=(Tool("answer"),), response_format=wanted), OLD)
    assert forced.fields["tool_choice"] == {"type": "any"}
    assert forced.fields["tools"][1]["input_schema"]["properties"] == {"answer": {"type": "array"}}
    assert forced.unwrapped == Unwrapped("homeport_answer", "answer")
