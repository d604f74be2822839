"""Function calls of an answer: they leave whole, since this wire has no pieces of them."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import Finish, ToolCallDelta
from homeport.adapters.gemini.contents import signature_of
from homeport.policies.errors import NothingAnswered

Part = dict[str, Any]
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Call:
    """One call as far as it has come."""

    __slots__ = ("arguments", "extras", "id", "name")

    def __init__(self, delta: ToolCallDelta) -> None:
        self.id = delta.id
        self.name = delta.name
        self.extras = delta.extras
        self.arguments: list[str] = []

    def part(self) -> Part | None:
        """As this wire has it; None while its arguments are no whole object."""
        arguments = _object("".join(self.arguments))
        if arguments is None:
            return None
        more = self.extras.get("functionCall")
        call: Part = {"name": self.name, "args": arguments}
        if self.id:
            call = {"id": self.id, **call}
        if isinstance(more, dict):
            call |= more
        signature = signature_of(self.extras)
        made: Part = {"functionCall": call}
        return made | {"thoughtSignature": signature} if signature else made

    @property
    def is_begun(self) -> bool:
        """Some of its arguments came: none may mean that they are still to come."""
        return any(self.arguments)


class Calls:
    """The calls of one answer."""

    def __init__(self) -> None:
        self._open: dict[int, Call] = {}
        self._told: set[int] = set()
        self._last = -1

    def __len__(self) -> int:
        return len(self._open)

    def add(self, delta: ToolCallDelta) -> list[Part]:
        """Take a piece of a call; gives the others that are whole by it."""
        if delta.index in self._told:
            return []  # behind arguments that were whole: nothing but space
        ready = self.ready() if delta.index not in self._open else []
        call = self._open.setdefault(delta.index, Call(delta))
        call.id, call.name = call.id or delta.id, call.name or delta.name
        call.arguments.append(delta.arguments)
        self._last = delta.index
        return ready

    def ready(self, *, part_ended: bool = False) -> list[Part]:
        """Calls that are whole, in order; one without arguments only where its part ended."""
        parts: list[Part] = []
        for index, call in tuple(self._open.items()):
            waits = not call.is_begun and not (part_ended and index == self._last)
            part = None if waits else call.part()
            if part is None:
                break
            parts.append(part)
            self._told.add(index)
            del self._open[index]
        return parts

    def rest(self, finish: Finish) -> list[Part]:
        """All that is left. A call that was cut off at the answer's bound is left out; raises
        `NothingAnswered` for one that was not, and is broken all the same."""
        parts = []
        for _, call in sorted(self._open.items()):
            part = call.part()
            if part is not None:
                parts.append(part)
            elif finish.reason != "length":
                raise NothingAnswered(
                    f"The model called `{call.name[:100]}` with arguments that are no JSON object."
                    " Ask again, or choose a larger model.",
                    code="broken_tool_call",
                )
        self._open.clear()
        return parts


def _object(text: str) -> dict[str, Any] | None:
    try:
        return _decode(text.strip() or "{}")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
