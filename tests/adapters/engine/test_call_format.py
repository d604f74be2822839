"""Which way of writing calls a template asks for."""

from __future__ import annotations

import pytest

from homeport.adapters.engine.call_format import (
    JSON_ALONE,
    LISTED,
    NAMED,
    TAGGED,
    CallFormat,
    format_of,
    instruction,
    written,
)

FORMATS: list[tuple[str, CallFormat | None]] = [
    ("<tool_call>\\n{{ call | tojson }}\\n</tool_call>", TAGGED),
    ("<tool_call>\\n<function=example>", None),
    ("<tool_call>{{ name }}<arg_key>", None),
    ("[AVAILABLE_TOOLS][TOOL_CALLS] [", LISTED),
    ("[TOOL_CALLS]{{ name }}[ARGS]{{ arguments }}", NAMED),
    ("[TOOL_CALLS]{{ name }}[CALL_ID]{{ id }}[ARGS]", None),
    ('{"name": function name, "parameters": dictionary}', JSON_ALONE),
    ('<|python_tag|> {"name": function name, "parameters": dictionary}', JSON_ALONE),
    ("<|channel|>commentary to=functions", None),
    ("", None),
]


@pytest.mark.parametrize(("template", "form"), FORMATS)
def test_a_format_is_read_off_its_template(template: str, form: CallFormat | None) -> None:
    assert format_of(template) == form


def test_marks() -> None:
    assert TAGGED.marks == ("<tool_call>",)
    assert JSON_ALONE.marks == ("<|python_tag|>",)


def test_plain_words_name_every_tool() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("one", "two")]
    words = instruction(tools, must_call=True)
    assert '"one"' in words
    assert '"two"' in words
    assert "nothing else" in words
    assert "own words" in instruction(tools, must_call=False)
    assert '"arguments": {"a": 1}' in written("one", '{"a": 1}')
