"""Calls in text, in each of the usual formats, mended where it is clear what was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Tool
from homeport.adapters.mending.tool_marks import MARKS, MarkFinder
from homeport.adapters.mending.tool_offer import Offer
from homeport.adapters.mending.tool_text import BrokenCall, NoCall, ReadCall, known_tool, read_calls

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}
OFFER = Offer((Tool("get_weather", "", SCHEMA), Tool("now"), Tool("note", kind="custom")))
BAR, LOW = "\uff5c", "\u2581"
KIEL = {"city": "Kiel"}


def deep(name: str) -> str:
    return f"<{BAR}{name.replace(' ', LOW)}{BAR}>"


def read(text: str) -> tuple[list[tuple[str, Any]], str]:
    """The calls as an answer of this text would give them, and the words beside them."""
    finder = MarkFinder()
    shown = finder.feed(text)
    assert finder.found, text
    calls, rest = read_calls(finder.held, finder.found, OFFER)
    return [(call.name, json.loads(call.arguments)) for call in calls], shown + rest.strip()


ONE = [
    '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Kiel"}}\n</tool_call>',
    '<tool_call>{"name": "get_weather", "arguments": "{\\"city\\": \\"Kiel\\"}"}',
    '<tool_call>```json\n{"name": "get_weather", "parameters": {"city": "Kiel"}}\n```</tool_call>',
    "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Kiel</arg_value>\n</tool_call>",
    "<tool_call>\n<function=get_weather>\n<parameter=city>\nKiel\n</parameter>\n</function>\n</tool_call>",
    '<function=get_weather>{"city": "Kiel"}</function>',
    '<function_call>{"name": "get_weather", "arguments": {"city": "Kiel"}}</function_call>',
    '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Kiel"}}]',
    '[TOOL_CALLS]get_weather[ARGS]{"city": "Kiel"}',
    '[TOOL_CALLS]get_weather[CALL_ID]abc123def[ARGS]{"city": "Kiel"}',
    '<|python_tag|>{"type": "function", "name": "get_weather", "parameters": {"city": "Kiel"}}',
    '{"name": "get_weather", "parameters": {"city": "Kiel"}}',
    '{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Kiel"}}}',
    '{"tool_calls": [{"function": {"name": "get_weather", "arguments": "{\'city\': \'Kiel\'}"}}]}',
    '```json\n{"name": "get_weather", "arguments": {"city": "Kiel"}}\n```',
    '<|tool_call|>[{"name": "get_weather", "arguments": {"city": "Kiel"}}]',
    'functools[{"name": "get_weather", "arguments": {"city": "Kiel"}}]',
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0"
    '<|tool_call_argument_begin|>{"city": "Kiel"}<|tool_call_end|><|tool_calls_section_end|>',
    f"{deep('tool calls begin')}{deep('tool call begin')}function{deep('tool sep')}get_weather\n"
    f'```json\n{{"city": "Kiel"}}\n```{deep("tool call end")}{deep("tool calls end")}',
    f"{deep('tool calls begin')}{deep('tool call begin')}get_weather{deep('tool sep')}"
    f'{{"city": "Kiel"}}{deep("tool call end")}{deep("tool calls end")}',
    "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>"
    '{"city": "Kiel"}<|call|>',
    "<tool_call>{'name': 'Get-Weather', 'arguments': {'city': 'Kiel',}}",
    '<tool_call>{"name": "functions.get_weather", "arguments": {"city": "Kiel"',
]


@pytest.mark.parametrize("text", ONE)
def test_a_call_is_read(text: str) -> None:
    assert read(text) == ([("get_weather", KIEL)], "")


def test_several_calls_and_words_beside_them() -> None:
    two = '<tool_call>{"name": "now"}</tool_call>\n' + ONE[0]
    assert read(f"Let me see. {two} Done.") == (
        [("now", {}), ("get_weather", KIEL)],
        "Let me see. Done.",
    )
    listed = '[TOOL_CALLS]now[ARGS]{}[TOOL_CALLS]get_weather[ARGS]{"city": "Kiel"}'
    assert read(listed)[0] == [("now", {}), ("get_weather", KIEL)]
    lines = '{"name": "now", "parameters": {}}; {"name": "now", "parameters": {}}'
    assert read(lines)[0] == [("now", {}), ("now", {})]
    assert read("<tool_call>now</tool_call>")[0] == [("now", {})]


def test_types_are_mended_without_a_loss() -> None:
    text = "<function=get_weather><parameter=city>7</parameter><parameter=days>3</parameter>"
    assert read(text)[0] == [("get_weather", {"city": "7", "days": 3})]
    assert read('<tool_call>{"name": "note", "arguments": "words"}')[0] == [
        ("note", {"input": "words"})
    ]


BROKEN = [
    ('<tool_call>{"name": "fly", "arguments": {}}', "there is no tool `fly`"),
    ('<tool_call>{"name": "get_weather", "arguments": {"days": 3}}', "`city` is missing"),
    ('<tool_call>{"name": "get_weather", "arguments": {"city": "x", "days": "soon"}}', "integer"),
    ('<tool_call>{"name": "get_weather", "arguments": {"city": "Ki', "not valid JSON"),
    ("<tool_call>I would like to know the weather.</tool_call>", "could not be made out"),
    ('<function=get_weather>{"city": Kiel}</function>', "arguments of `get_weather` are not valid"),
    ('{"name": "get_weather", "arguments": {"town": "Kiel"}}', "no argument `town`"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_a_call_past_mending_is_told(text: str, problem: str) -> None:
    with pytest.raises(BrokenCall) as caught:
        read(text)
    assert problem in str(caught.value)


NONE = [
    '{"name": "Alice", "age": 3}',
    '{"name": "get_weather", "arguments": {"city": "Kiel"}} is how it is called.',
    '```json\n{"name": "get_weather", "arguments": {"city": "Kiel"}}\n```\nis an example.',
    '{"type": "object", "properties": {}}',
]


@pytest.mark.parametrize("text", NONE)
def test_json_that_only_looks_like_a_call(text: str) -> None:
    with pytest.raises(NoCall):
        read(text)


def test_names_are_matched_only_where_that_is_clear() -> None:
    offer = Offer((Tool("get_time"), Tool("getTime"), Tool("x.y")))
    assert known_tool("get_time", offer) == Tool("get_time")
    assert known_tool("GetTime", offer) is None
    assert known_tool("functions.x_y", offer) == Tool("x.y")
    assert known_tool("time", offer) is None


@given(text=st.text(alphabet='{}[]"<>:,/ab\n=', max_size=40), mark=st.sampled_from([*MARKS, "{"]))
def test_any_text_is_read_or_refused(text: str, mark: str) -> None:
    try:
        calls, _ = read_calls(mark + text, mark, OFFER)
    except (BrokenCall, NoCall):
        return
    assert all(isinstance(call, ReadCall) and call.name in OFFER.names for call in calls)
    for call in calls:
        assert isinstance(json.loads(call.arguments), dict)


@pytest.mark.parametrize(
    "mark",
    ["<function=", "<tool_call>f<arg_key>", "<|tool_call_begin|>", deep("tool call begin")],
)
def test_a_model_that_writes_one_mark_on_and_on_is_read_at_one_go(mark: str) -> None:
    text = mark + mark.removeprefix("<tool_call>f") * 30_000
    finder = MarkFinder()
    finder.feed(text)
    with pytest.raises(BrokenCall):
        read_calls(finder.held, finder.found, OFFER)
