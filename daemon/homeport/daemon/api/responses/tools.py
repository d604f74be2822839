"""Tools of the Responses wire: functions, free-text tools, and those that OpenAI runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from homeport.adapters.base import Tool
from homeport.daemon.api.responses.fields import missing, optional_text, rest_of, text_of, wrong
from homeport.daemon.api.responses.names import Names, one_name
from homeport.daemon.api.responses.request import WIRE

ADDITIONAL = "additional_tools"
"""An item of the conversation that offers tools."""
CHOICES = ("auto", "none", "required")


def tools_of(
    tools: Sequence[Any], items: Sequence[Any] = (), ats: Sequence[str] = ()
) -> tuple[Tool, ...]:
    """Every tool; members of a `namespace` stand beside the others, and remember it.

    `items` of the conversation may offer more (`additional_tools`); `ats` are their places.
    """
    found = _Offered()
    found.add(tools, "tools")
    for item, at in zip(items, ats, strict=True):
        if isinstance(item, dict) and item.get("type") == ADDITIONAL:
            found.add(_list(item, at), f"{at}.tools")
    return tuple(found.tools)


class _Offered:
    """Tools as they are collected. A tool that is offered again replaces its earlier form."""

    def __init__(self) -> None:
        self.tools: list[Tool] = []
        self._places: dict[tuple[str, str], int] = {}

    def add(self, tools: Sequence[Any], at: str, space: str = "", about: str = "") -> None:
        """Some tools of one list; `about` is what is said of them all."""
        for number, tool in enumerate(tools):
            here = f"{at}[{number}]"
            if not isinstance(tool, dict):
                raise wrong(here, "must be an object")
            if tool.get("type") == "namespace" and not space:
                name = text_of(tool, "name", here)
                said = optional_text(tool, "description", here)
                self.add(_list(tool, here), f"{here}.tools", name, said)
            else:
                self._add(_tool(tool, here), space, about if number == 0 else "")

    def _add(self, tool: Tool, space: str, about: str) -> None:
        key = (space, tool.name if tool.kind != "server" else f"server {len(self.tools)}")
        place = self._places.setdefault(key, len(self.tools))
        others = [other.name for at, other in enumerate(self.tools) if at != place]
        if space and tool.kind != "server":
            tool = _of_namespace(tool, space, about, others)
        self.tools[place : place + 1] = [tool]


def _of_namespace(tool: Tool, space: str, about: str, taken: Sequence[str]) -> Tool:
    described = [tool.description, f"About {space}: {about}" if about else ""]
    return structs.replace(
        tool,
        name=one_name(space, tool.name, taken),
        description="\n\n".join(filter(None, described)),
        extras={**tool.extras, "name": tool.name, "namespace": space},
    )


def _list(holder: dict[str, Any], at: str) -> list[Any]:
    members = holder.get("tools")
    if not isinstance(members, list):
        raise wrong(f"{at}.tools", "must be a list")
    return members


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


def choice_of(
    choice: str | dict[str, Any] | None, names: Names | None = None
) -> str | dict[str, Any] | None:
    """Which tool must be called; objects stay in this wire's shape (`{"type", "name"}`)."""
    if isinstance(choice, str) and choice not in CHOICES:
        raise wrong("tool_choice", f"must be one of {', '.join(CHOICES)}, or an object")
    if not isinstance(choice, dict):
        return choice
    text_of(choice, "type", "tool_choice")
    chosen = _by_one_name(choice, names or Names())
    listed = chosen.get("tools")
    if isinstance(listed, list):
        chosen["tools"] = [
            _by_one_name(row, names or Names()) if isinstance(row, dict) else row for row in listed
        ]
    return chosen


def _by_one_name(row: dict[str, Any], names: Names) -> dict[str, Any]:
    """A row that names a tool, by the name that the tool has among all."""
    name, space = row.get("name"), row.get("namespace")
    if not isinstance(name, str):
        return dict(row)
    kept = {key: value for key, value in row.items() if key != "namespace"}
    return kept | {"name": names.single(name, space if isinstance(space, str) else "")}
