"""Which tools a prompt offers, and whether one must be called."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

import msgspec

from homeport.adapters.base import Prompt, Tool, ToolCallDelta

_MUST: Final = ("required", "any")
FREE_TEXT: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
    "additionalProperties": False,
}
"""How a tool that takes free text is offered to a model that knows functions alone."""


class Offer(msgspec.Struct, frozen=True):
    """What may be called in one answer."""

    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    parallel: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tools."""
        return tuple(tool.name for tool in self.tools)

    def tool(self, name: str) -> Tool:
        """By its exact name; KeyError where it is not offered."""
        for tool in self.tools:
            if tool.name == name:
                return tool
        raise KeyError(name)


_NOTHING: Final = Offer()


def offer_of(prompt: Prompt) -> Offer:
    """The offer of a prompt; empty where nothing may be called."""
    if not prompt.tools:
        return _NOTHING
    choice = prompt.tool_choice
    tools = tuple(tool for tool in prompt.tools if tool.kind != "server")
    parallel = prompt.parallel_tool_calls is not False
    if not tools or choice == "none" or (isinstance(choice, dict) and _word(choice) == "none"):
        return Offer()
    if choice is None or choice == "auto":
        return Offer(tools, parallel=parallel)
    if choice in _MUST:
        return Offer(tools, must_call=True, parallel=parallel)
    if isinstance(choice, str):
        return _named(tools, (choice,), must_call=True, parallel=parallel)
    return _by_table(tools, choice, parallel=parallel)


def _by_table(tools: tuple[Tool, ...], choice: dict[str, Any], *, parallel: bool) -> Offer:
    parallel = parallel and not choice.get("disable_parallel_tool_use")
    allowed = choice.get("allowed_tools")
    table = allowed if isinstance(allowed, dict) else choice
    listed = table.get("tools")
    must_call = _word(table) in _MUST
    if isinstance(listed, list):
        names = tuple(filter(None, map(_name, listed)))
        return _named(tools, names, must_call=must_call, parallel=parallel)
    name = _name(choice)
    if name:
        return _named(tools, (name,), must_call=True, parallel=parallel)
    return Offer(tools, must_call=must_call, parallel=parallel)


def _named(
    tools: tuple[Tool, ...], names: tuple[str, ...], *, must_call: bool, parallel: bool
) -> Offer:
    chosen = tuple(tool for tool in tools if tool.name in names)
    return Offer(chosen or tools, must_call=must_call, parallel=parallel)


def _word(choice: dict[str, Any]) -> str:
    return str(choice.get("mode") or choice.get("type") or "").lower()


def _name(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    inner = entry.get("function") or entry.get("custom")
    name = entry.get("name") or (inner.get("name") if isinstance(inner, dict) else "")
    return name if isinstance(name, str) else ""


def schema_of(tool: Tool) -> dict[str, Any]:
    """What its arguments must fit."""
    return FREE_TEXT if tool.kind == "custom" else tool.parameters or {}


def described(tool: Tool) -> dict[str, Any]:
    """The tool as chat templates and models know tools."""
    parameters = schema_of(tool) or {"type": "object", "properties": {}}
    function = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": function}


class CallMaker:
    """Makes deltas of the whole calls of one answer, with ids of ours."""

    def __init__(self, prompt: Prompt) -> None:
        self._free_text = {tool.name for tool in prompt.tools if tool.kind == "custom"}
        self.count = 0
        self.first = 0
        """The index of the first: calls that came as such stand before it."""

    def made(self, name: str, arguments: str) -> ToolCallDelta:
        """The next call; `arguments` is JSON text."""
        index, self.count = self.first + self.count, self.count + 1
        call_id = f"call_{secrets.token_hex(12)}"
        if name not in self._free_text:
            return ToolCallDelta(index, call_id, name, arguments)
        table = json.loads(arguments)
        text = table.get("input", "") if isinstance(table, dict) else table
        return ToolCallDelta(index, call_id, name, str(text), {"type": "custom"})
