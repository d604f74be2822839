"""Names of tools: by namespace and name on this wire, by one name on every other.

Models answer with names of many shapes (`space.name`, `space__name`, a bare name),
whatever they were shown; what a call means is looked for by all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from homeport.adapters.base import Tool

PLAIN_SPACE = "functions"
"""The namespace that stands for none: its members go by their own names."""
LONGEST = 64
"""Of a name on the strictest of the other wires."""
FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
SEPARATORS = re.compile(r"[^a-z0-9]+")


class Called(msgspec.Struct, frozen=True):
    """A tool as this wire calls it."""

    name: str
    namespace: str = ""
    custom: bool = False


def one_name(namespace: str, name: str, taken: Iterable[str] = ()) -> str:
    """The name on other wires of a member of a namespace; different from those taken."""
    space = "" if namespace == PLAIN_SPACE else namespace.rstrip("_")
    joined = FOREIGN.sub("_", f"{space}__{name}" if space else name)
    if joined in taken and not space:
        joined = FOREIGN.sub("_", f"{namespace}__{name}")
    found, number = joined[-LONGEST:], 2
    while found in taken:
        end = f"_{number}"
        found, number = joined[-(LONGEST - len(end)) :] + end, number + 1
    return found


class Names:
    """The names of the tools of one prompt."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._called = {tool.name: called_of(tool) for tool in tools if tool.kind != "server"}
        self._single = {(c.namespace, c.name): name for name, c in self._called.items()}
        self._alike: dict[str, set[str]] = {}
        for name, called in self._called.items():
            space = called.namespace or PLAIN_SPACE
            for way in (name, called.name, f"{space}.{called.name}"):
                self._alike.setdefault(_plain(way), set()).add(name)

    def single(self, name: str, namespace: str = "") -> str:
        """The one name of what was called; made where there is no such tool."""
        known = self._single.get((namespace, name))
        if known is not None:
            return known
        if namespace:
            return one_name(namespace, name)
        return self._meant(name) or name

    def called(self, name: str) -> Called:
        """What a model means by a name."""
        meant = self._meant(name)
        return self._called[meant] if meant is not None else Called(name)

    def _meant(self, name: str) -> str | None:
        if name in self._called:
            return name
        alike = self._alike.get(_plain(name), set())
        return next(iter(alike)) if len(alike) == 1 else None


def called_of(tool: Tool) -> Called:
    """How this wire calls a tool."""
    name, space = tool.extras.get("name"), tool.extras.get("namespace")
    is_named = isinstance(name, str) and isinstance(space, str)
    return Called(
        name if is_named and isinstance(name, str) else tool.name,
        space if isinstance(space, str) else "",
        tool.kind == "custom",
    )


def _plain(name: str) -> str:
    """Without what separates words, for those who write separators of their own."""
    return SEPARATORS.sub("_", name.casefold()).strip("_").replace("_", "")
