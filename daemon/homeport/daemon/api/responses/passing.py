"""An upstream's own events on their way to the caller: what they have told so far.

Followed so that another model can go on where the upstream breaks off: in the
same answer, with the same ids, indices and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from homeport.daemon.api.responses.sse import Event

OPENINGS = frozenset({"response.created", "response.queued", "response.in_progress"})
"""Events that say nothing yet; held back until the upstream says something."""
CALLS = frozenset({"function_call", "custom_tool_call"})
ARGUMENTS = frozenset(
    {"response.function_call_arguments.delta", "response.custom_tool_call_input.delta"}
)


class Followed:
    """What the caller has been told by an upstream."""

    def __init__(self) -> None:
        self.response_id = ""
        self.number = -1
        """`sequence_number` of the last event; counted where the upstream gives none."""
        self._items: dict[int, Any] = {}
        self._open: int | None = None
        self._parts: list[Any] = []
        self._text: list[str] | None = None
        self._arguments: list[str] = []
        self.last_call = 0
        """Number of the last call among those of the answer."""

    def follow(self, events: Iterable[Event]) -> None:
        """Take note of some events."""
        for event in events:
            self.number = max(self.number + 1, event.sequence_number)
            if event.response and not self.response_id:
                self.response_id = str(_value(event.response).get("id") or "")
            if event.type == "response.output_item.added":
                self._items[event.output_index] = _value(event.item)
                self._open, self._parts, self._text = event.output_index, [], None
                self._arguments = []
            elif event.type == "response.output_item.done":
                self._items[event.output_index] = _value(event.item)
                self._open = None if self._open == event.output_index else self._open
            else:
                self._follow_part(event)

    def _follow_part(self, event: Event) -> None:
        if event.type == "response.content_part.added":
            self._text = []
        elif event.type == "response.output_text.delta" and self._text is not None:
            self._text.append(str(msgspec.json.decode(event.delta)))
        elif event.type in ARGUMENTS:
            self._arguments.append(str(msgspec.json.decode(event.delta)))
        elif event.type == "response.content_part.done":
            self._parts.append(_value(event.part))
            self._text = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item, by its index."""
        return [self._items[index] for index in sorted(self._items)]

    @property
    def open_message(self) -> tuple[int, list[Any], str | None] | None:
        """Index, whole parts and the open part's text of a message that has begun."""
        if self._open is None or self._items[self._open].get("type") != "message":
            return None
        text = None if self._text is None else "".join(self._text)
        return self._open, self._parts, text

    @property
    def open_call(self) -> tuple[int, dict[str, Any], str] | None:
        """Index, item and arguments so far of a call that has begun."""
        if self._open is None or self._items[self._open].get("type") not in CALLS:
            return None
        return self._open, self._items[self._open], "".join(self._arguments)

    @property
    def open_reasoning(self) -> tuple[int, dict[str, Any]] | None:
        """Index and item of reasoning that has begun."""
        if self._open is None or self._items[self._open].get("type") != "reasoning":
            return None
        return self._open, self._items[self._open]


def _value(raw: msgspec.Raw) -> dict[str, Any]:
    value = msgspec.json.decode(raw) if raw else {}
    return value if isinstance(value, dict) else {}
