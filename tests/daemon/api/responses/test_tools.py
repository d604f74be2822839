"""Tools of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Tool
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.tools import choice_of, tools_of
from homeport.policies.errors import BadRequest

WIRE = "openai-responses"
FUNCTION = {
    "type": "function", "name": "f", "description": None, "parameters": {"type": "object"},
    "strict": True, "defer_loading": True,
}  # fmt: skip
PATCH = {"type": "custom", "name": "patch", "format": {"type": "grammar", "syntax": "lark"}}
SPACE = {"type": "namespace", "name": "functions", "description": "All of them."}
SEARCH = {"type": "web_search", "external_web_access": False}


def test_each_kind() -> None:
    assert tools_of([FUNCTION, PATCH, SEARCH]) == (
        Tool("f", "", {"type": "object"}, True, {"defer_loading": True}),
        Tool("patch", extras=PATCH, kind="custom", wire=WIRE),
        Tool("web_search", extras=SEARCH, kind="server", wire=WIRE),
    )


def test_functions_of_a_namespace_remember_it() -> None:
    space = {"type": "namespace", "name": "crm", "tools": [{"type": "function", "name": "find"}]}
    remembered = {"namespace": "crm", "name": "find"}
    assert tools_of([space]) == (Tool("crm__find", extras=remembered),)


def test_the_conversation_may_offer_more() -> None:
    members = [PATCH, {**FUNCTION, "description": "Old."}]
    items = [
        {"type": "additional_tools", "tools": [{**SPACE, "tools": members}, SEARCH]},
        "no item", {"type": "message"},
        {"type": "additional_tools", "tools": [{**SPACE, "tools": [{**FUNCTION, "name": "f"}]}]},
    ]  # fmt: skip
    found = tools_of([FUNCTION], items, ["input[0]", "", "", "input[3]"])
    assert [(tool.name, tool.kind) for tool in found] == [
        ("f", "function"), ("patch", "custom"), ("functions__f", "function"),
        ("web_search", "server"),
    ]  # fmt: skip
    assert found[1].description == "About functions: All of them."
    assert found[1].extras == {**PATCH, "namespace": "functions"}
    assert found[2].description == "About functions: All of them."


def test_tools_of_the_conversation_have_places() -> None:
    wrong: list[tuple[Any, str]] = [
        ({}, "input[7].tools"),
        ({"tools": [{}]}, "input[7].tools[0].type"),
        ({"tools": [{**SPACE, "tools": [3]}]}, "input[7].tools[0].tools[0]"),
    ]
    for item, param in wrong:
        with pytest.raises(BadRequest) as caught:
            tools_of([], [{"type": "additional_tools", **item}], ["input[7]"])
        assert caught.value.param == param


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({}, "tools[0].type"),
        ({"type": 1}, "tools[0].type"),
        ({"type": "function"}, "tools[0].name"),
        ({"type": "function", "name": "f", "parameters": []}, "tools[0].parameters"),
        ({"type": "function", "name": "f", "strict": "yes"}, "tools[0].strict"),
        ({"type": "custom"}, "tools[0].name"),
        ({"type": "namespace", "name": "n"}, "tools[0].tools"),
        ({"type": "namespace", "name": "n", "tools": [1]}, "tools[0].tools[0]"),
        ({"type": "namespace", "name": "n", "tools": [{}]}, "tools[0].tools[0].type"),
    ],
)
def test_what_is_wrong_is_named(tool: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        tools_of([tool])
    assert caught.value.param == param


def test_choices() -> None:
    assert choice_of(None) is None
    assert choice_of("required") == "required"
    named = {"type": "function", "name": "f"}
    assert choice_of(named) == named
    space = {"type": "namespace", "name": "crm", "tools": [{"type": "function", "name": "find"}]}
    names = Names(tools_of([space]))
    chosen = choice_of({"type": "function", "name": "find", "namespace": "crm"}, names)
    assert chosen == {"type": "function", "name": "crm__find"}
    allowed = {"type": "allowed_tools", "mode": "auto", "tools": [{"name": "find"}, "?"]}
    assert choice_of(allowed, names) == {**allowed, "tools": [{"name": "crm__find"}, "?"]}
    for wrong in ("maybe", {"name": "f"}):
        with pytest.raises(BadRequest, match="tool_choice"):
            choice_of(wrong)
