"""Tools of Gemini's wire, and which of them may or must be called."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Tool
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.schemas import json_schema_of
from homeport.policies.errors import BadRequest

_MODES = {"MODE_UNSPECIFIED": None, "AUTO": "auto", "NONE": "none", "ANY": "required"}


def tools_of(request: Fields) -> tuple[Tool, ...]:
    """Functions one by one; everything else is a tool of Google's own, carried whole."""
    tools: list[Tool] = []
    for row, at in request.rows("tools"):
        fields = Fields(row, at)
        for function, place in fields.rows("functionDeclarations"):
            tools.append(_function(Fields(function, place)))
        tools += [
            Tool(name=name, extras={name: value}, kind="server", wire=WIRE)
            for name, value in fields.rest("functionDeclarations").items()
        ]
    return tuple(tools)


def _function(function: Fields) -> Tool:
    name = function.text("name")
    if not name:
        path = function.path("name")
        raise BadRequest(f"`{path}` is missing.", code="missing_field", param=path)
    schema = function.raw("parametersJsonSchema")
    if schema is None:
        schema = json_schema_of(function.raw("parameters") or {})
    return Tool(
        name=name,
        description=function.text("description") or "",
        parameters=schema or {},
        extras=function.rest("name", "description", "parameters", "parametersJsonSchema"),
        wire=WIRE,
    )


def tool_choice_of(request: Fields) -> str | dict[str, Any] | None:
    """As OpenAI's wire says it; None where nothing else than usual is asked."""
    config = request.table("toolConfig")
    calling = config.table("functionCallingConfig") if config else None
    if calling is None:
        return None
    mode, names = (calling.text("mode") or "AUTO").upper(), calling.texts("allowedFunctionNames")
    if mode != "VALIDATED" and mode not in _MODES:
        raise calling.wrong("mode", "AUTO, ANY, NONE or VALIDATED")
    word = _MODES.get(mode)
    if not names or word == "none":
        return word
    if word == "required" and len(names) == 1:
        return _named(names[0])
    allowed = {"mode": word or "auto", "tools": [_named(name) for name in names]}
    return {"type": "allowed_tools", "allowed_tools": allowed}


def _named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}
