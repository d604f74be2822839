"""Tools of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Tool
from homeport.daemon.api.responses.tools import choice_of, tools_of
from homeport.policies.errors import BadRequest

WIRE = "openai-responses"
FUNCTION = {
    "type": "function", "name": "f", "description": None, "parameters": {"type": "object"},
    "strict": True, "defer_loading": True,
}  # fmt: skip
PATCH = {"type": "custom", "name": "patch", "format": {"type": "grammar", "syntax": "lark"}}
SEARCH = {"type": "web_search", "external_web_access": False}


def test_each_kind() -> None:
    assert tools_of([FUNCTION, PATCH, SEARCH]) == (
        Tool("f", "", {"type": "object"}, True, {"defer_loading": True}),
        Tool("patch", extras=PATCH, kind="custom", wire=WIRE),
        Tool("web_search", extras=SEARCH, kind="server", wire=WIRE),
    )


def test_functions_of_a_namespace_remember_it() -> None:
    space = {"type": "namespace", "name": "crm", "tools": [{"type": "function", "name": "find"}]}
    assert tools_of([space]) == (Tool("find", extras={"namespace": "crm"}),)


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
    for wrong in ("maybe", {"name": "f"}):
        with pytest.raises(BadRequest, match="tool_choice"):
            choice_of(wrong)
