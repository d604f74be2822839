"""Reasoning in an answer: shown as summaries to who asked for them, else as its own text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeport.adapters.base import ThinkingDelta
from homeport.daemon.api.responses.sealing import sealed


class ReasoningItem:
    """One stretch of reasoning as it grows. `item` is what the wire shows of it."""

    def __init__(self, index: int, name: str, emit: Callable[..., None], *, summary: bool) -> None:
        self.item: dict[str, Any] = {"id": name, "type": "reasoning", "summary": []}
        if not summary:
            self.item["content"] = []
        self.index = index
        self._emit = emit
        self._summary = summary
        self._wire_id = ""
        self._part: dict[str, Any] | None = None
        self._written: list[str] = []
        self._signature: list[str] = []
        self._redacted: list[str] = []

    def takes(self, delta: ThinkingDelta) -> bool:
        """Whether a delta is more of this: one item has one id, and one signature at its end."""
        if delta.id and self._wire_id and delta.id != self._wire_id:
            return False
        return not (delta.text and (self._signature or self._redacted))

    def add(self, delta: ThinkingDelta, *, foreign: bool) -> None:
        """More of it."""
        self._wire_id = self._wire_id or delta.id
        if delta.text:
            self._show(delta.text)
        if delta.signature:
            self._signature.append(delta.signature)
        if delta.redacted:
            self._redacted.append(delta.redacted)
        encrypted = sealed("".join(self._signature), "".join(self._redacted), foreign=foreign)
        if encrypted:
            self.item["encrypted_content"] = encrypted

    def end_part(self) -> None:
        """The open part is whole."""
        part = self._part
        if part is None:
            return
        part["text"] = "".join(self._written)
        if self._summary:
            self._tell("reasoning_summary_text.done", text=part["text"])
            self._tell("reasoning_summary_part.done", part=part)
        else:
            self._tell("reasoning_text.done", text=part["text"])
            self._tell("content_part.done", part=part)
        self._part, self._written = None, []

    def close(self, status: str) -> None:
        """Nothing more comes."""
        self.end_part()
        if status != "completed":
            self.item["status"] = status
        self._emit("output_item.done", output_index=self.index, item=self.item)

    def _show(self, text: str) -> None:
        if self._part is None:
            self._part = {"type": "summary_text" if self._summary else "reasoning_text", "text": ""}
            self._parts.append(self._part)
            added = "reasoning_summary_part.added" if self._summary else "content_part.added"
            self._tell(added, part=self._part)
        self._written.append(text)
        name = "reasoning_summary_text.delta" if self._summary else "reasoning_text.delta"
        self._tell(name, delta=text)

    @property
    def _parts(self) -> list[Any]:
        parts: list[Any] = self.item["summary" if self._summary else "content"]
        return parts

    def _tell(self, event: str, **fields: Any) -> None:
        place = "summary_index" if self._summary else "content_index"
        where = {
            "item_id": self.item["id"],
            "output_index": self.index,
            place: len(self._parts) - 1,
        }
        self._emit(event, **where, **fields)
