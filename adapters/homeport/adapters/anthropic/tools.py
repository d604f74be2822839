"""Writes tools, the choice among them, and the shape of the answer for Anthropic's Messages API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from homeport.adapters.anthropic.models import Traits
from homeport.adapters.anthropic.parts import WIRE, NotWritable
from homeport.adapters.anthropic.schema import enforceable, is_object
from homeport.adapters.base import Prompt, ResponseFormat, Tool

_ANSWER: Final = "answer"
_WRAPPED: Final = "answer"
"""The field that holds an answer which is no object, for a tool's input has to be one."""
_CHOICES: Final = {"auto": "auto", "required": "any", "any": "any", "none": "none"}
JSON_ONLY: Final = "Answer with one JSON object, and with nothing before or after it."


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What is to be read otherwise than it comes."""

    answer_tool: str = ""
    """The tool whose input is the answer."""
    answer_field: str = ""
    """The field of that input which is the answer; empty where the whole input is."""
    text_tools: frozenset[str] = frozenset()
    """Tools that take plain text: it is wrapped in an object on this wire."""


AS_IT_COMES: Final = Unwrapped()


@dataclass(frozen=True, slots=True)
class ToolFields:
    """The fields about tools, and how their calls are to be read."""

    fields: dict[str, Any]
    unwrapped: Unwrapped = AS_IT_COMES

    @property
    def is_forced(self) -> bool:
        """Some tool must be called, which goes with no budget to think."""
        return self.fields.get("tool_choice", {}).get("type") in ("any", "tool")


def tool_fields(prompt: Prompt, traits: Traits) -> ToolFields:
    """`tools`, `tool_choice` and the shape of the answer; raises `NotWritable`."""
    same_wire = prompt.wire == WIRE
    tools = [_tool(tool, same_wire=same_wire) for tool in _allowed(prompt)]
    texts = frozenset(tool.name for tool in prompt.tools if tool.kind == "custom")
    choice = _choice(prompt) if tools else {}
    wanted = prompt.response_format
    if wanted.kind != "json_schema" or traits.structured:
        fields = {"tools": tools} if tools else {}
        return ToolFields(fields | choice, Unwrapped(text_tools=texts))
    return _with_answer_tool(wanted, tools, texts)


def answer_format(wanted: ResponseFormat, traits: Traits) -> dict[str, Any]:
    """What goes into `output_config` for a model that holds to a schema by itself."""
    if wanted.kind != "json_schema" or not traits.structured:
        return {}
    schema = enforceable(wanted.schema or {"type": "object"})
    return {"format": {"type": "json_schema", "schema": schema}}


def _with_answer_tool(
    wanted: ResponseFormat, tools: list[dict[str, Any]], texts: frozenset[str]
) -> ToolFields:
    taken = {tool.get("name") for tool in tools}
    name = _ANSWER if _ANSWER not in taken else "homeport_answer"
    schema = wanted.schema or {"type": "object"}
    wraps = not is_object(schema)
    if wraps:
        schema = {"type": "object", "properties": {_WRAPPED: schema}, "required": [_WRAPPED]}
    tool = {"name": name, "description": "Gives the answer.", "input_schema": schema}
    # Where there are other tools, one of them may have to be called before the answer.
    choice = {"type": "any"} if tools else {"type": "tool", "name": name}
    unwrapped = Unwrapped(name, _WRAPPED if wraps else "", texts)
    return ToolFields({"tools": [*tools, tool], "tool_choice": choice}, unwrapped)


def _tool(tool: Tool, *, same_wire: bool) -> dict[str, Any]:
    if tool.kind == "server":
        if tool.wire != WIRE:
            raise NotWritable("a tool of another provider's servers")
        return tool.extras
    marked = tool.extras.get("cache_control")
    extras = tool.extras if same_wire else {"cache_control": marked} if marked else {}
    if tool.kind == "custom":
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {"input": {"type": "string"}},
            "required": ["input"],
        }
    else:
        schema = tool.parameters
    # The wire wants an object, also where nothing is taken.
    written = {**extras, "name": tool.name, "input_schema": {"type": "object", **schema}}
    if tool.description:
        written["description"] = tool.description
    if tool.strict is not None and same_wire:
        written["strict"] = tool.strict
    return written


def _allowed(prompt: Prompt) -> list[Tool]:
    """The tools that may be called: this wire has no word for leaving some of them aside."""
    choice = prompt.tool_choice if isinstance(prompt.tool_choice, dict) else {}
    listed = _listed(choice).get("tools")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    named = {name for row in rows if (name := _name(row))}
    return [tool for tool in prompt.tools if not named or tool.name in named]


def _listed(choice: dict[str, Any]) -> dict[str, Any]:
    """What a choice among some tools says of them; OpenAI's two wires nest it differently."""
    nested = choice.get("allowed_tools")
    return nested if isinstance(nested, dict) else choice


def _name(row: dict[str, Any]) -> str:
    function = row.get("function")
    name = row.get("name") or (function.get("name") if isinstance(function, dict) else None)
    return name if isinstance(name, str) else ""


def _choice(prompt: Prompt) -> dict[str, Any]:
    choice = _chosen(prompt.tool_choice)
    if prompt.parallel_tool_calls is False and (choice or {}).get("type") != "none":
        choice = (choice or {"type": "auto"}) | {"disable_parallel_tool_use": True}
    return {"tool_choice": choice} if choice else {}


def _chosen(choice: str | dict[str, Any] | None) -> dict[str, Any] | None:
    """The choice in this wire's words, from those of any other."""
    if choice is None:
        return None
    if isinstance(choice, str):
        kind = _CHOICES.get(choice)
        return {"type": kind} if kind else {"type": "tool", "name": choice}
    name = _name(choice)
    if name:
        return {"type": "tool", "name": name}
    word = _listed(choice).get("mode") or choice.get("type")
    return {"type": _CHOICES.get(str(word), "auto")}
