"""A call of a tool in an answer: of a function, or of a tool that takes free text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeport.adapters.base import ToolCallDelta
from homeport.adapters.mending.free_text import text_in
from homeport.daemon.api.responses.names import Called


class CallItem:
    """One call as it grows. `item` is what the wire shows of it."""

    def __init__(
        self,
        index: int,
        name: str,
        first: ToolCallDelta,
        emit: Callable[..., None],
        *,
        called: Called,
        is_text: bool,
    ) -> None:
        """`is_text`: the words that come are free text, and no JSON around it."""
        custom = called.custom or is_text
        self.index = index
        self._emit = emit
        self._field = "input" if custom else "arguments"
        self._event = "custom_tool_call_input" if custom else "function_call_arguments"
        self._wrapped = custom and not is_text
        self._written: list[str] = []
        self.item: dict[str, Any] = {
            "id": name,
            "type": "custom_tool_call" if custom else "function_call",
            "status": "in_progress",
            "call_id": first.id or f"call_{name}",
            "name": called.name,
            self._field: "",
        }
        if called.namespace:
            self.item["namespace"] = called.namespace

    @classmethod
    def resumed(
        cls, index: int, item: dict[str, Any], written: str, emit: Callable[..., None]
    ) -> CallItem:
        """Go on with a call that another has begun."""
        is_text = item.get("type") == "custom_tool_call"
        begun = ToolCallDelta(0, id=str(item.get("call_id") or ""))
        called = Called(str(item.get("name") or ""))
        call = cls(index, "", begun, emit, called=called, is_text=is_text)
        call.item = item
        call._written.append(written)
        return call

    def add(self, text: str) -> None:
        """More of what the tool is given."""
        if text:
            self._written.append(text)
            if not self._wrapped:
                self._tell("delta", delta=text)

    def close(self, status: str) -> None:
        """Nothing more comes. A function that takes nothing is given an empty object."""
        text = "".join(self._written)
        if self._wrapped:
            text = text_in(text)
            self._tell("delta", delta=text)
        if not text and self._field == "arguments":
            text = "{}"
        self.item[self._field] = text
        self.item["status"] = status
        named = {"name": self.item["name"]} if self._field == "arguments" else {}
        self._tell("done", **{self._field: text}, **named)
        self._emit("output_item.done", output_index=self.index, item=self.item)

    def _tell(self, event: str, **fields: Any) -> None:
        self._emit(
            f"{self._event}.{event}",
            item_id=self.item["id"],
            output_index=self.index,
            **fields,
        )
