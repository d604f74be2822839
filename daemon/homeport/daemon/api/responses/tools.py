"""Tools of the Responses wire: functions, free-text tools, and those that OpenAI runs."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import Tool
from homeport.daemon.api.responses.fields import missing, optional_text, rest_of, text_of, wrong
from homeport.daemon.api.responses.request import WIRE

CHOICES = ("auto", "none", "required")


def tools_of(tools: list[dict[str, Any]]) -> tuple[Tool, ...]:
    """Every tool; the functions of a `namespace` stand beside the others, and remember it."""
    found: list[Tool] = []
    for number, tool in enumerate(tools):
        at = f"tools[{number}]"
        if tool.get("type") == "namespace":
            found += _members(tool, at)
        else:
            found.append(_tool(tool, at))
    return tuple(found)


def _members(space: dict[str, Any], at: str) -> list[Tool]:
    members, name = space.get("tools"), text_of(space, "name", at)
    if not isinstance(members, list):
        raise wrong(f"{at}.tools", "must be a list")
    found = []
    for number, member in enumerate(members):
        if not isinstance(member, dict):
            raise wrong(f"{at}.tools[{number}]", "must be an object")
        tool = _tool(member, f"{at}.tools[{number}]")
        found.append(msgspec.structs.replace(tool, extras={**tool.extras, "namespace": name}))
    return found


def _tool(tool: dict[str, Any], at: str) -> Tool:
    """One tool. Every kind that is neither a function nor custom is the provider's to run."""
    kind = tool.get("type")
    if kind is None:
        raise missing(f"{at}.type")
    if not isinstance(kind, str):
        raise wrong(f"{at}.type", "must be a string")
    if kind == "custom":
        description = optional_text(tool, "description", at)
        return Tool(text_of(tool, "name", at), description, extras=tool, kind="custom", wire=WIRE)
    if kind != "function":
        return Tool(kind, extras=tool, kind="server", wire=WIRE)
    return _function(tool, at)


def _function(tool: dict[str, Any], at: str) -> Tool:
    parameters, strict = tool.get("parameters"), tool.get("strict")
    if parameters is not None and not isinstance(parameters, dict):
        raise wrong(f"{at}.parameters", "must be an object")
    if strict is not None and not isinstance(strict, bool):
        raise wrong(f"{at}.strict", "must be true or false")
    return Tool(
        text_of(tool, "name", at),
        optional_text(tool, "description", at),
        parameters or {},
        strict,
        rest_of(tool, "name", "description", "parameters", "strict"),
    )


def choice_of(choice: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    """Which tool must be called; objects stay in this wire's shape (`{"type", "name"}`)."""
    if isinstance(choice, str) and choice not in CHOICES:
        raise wrong("tool_choice", f"must be one of {', '.join(CHOICES)}, or an object")
    if isinstance(choice, dict):
        text_of(choice, "type", "tool_choice")
    return choice
