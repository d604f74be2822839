"""The items of an answer as they grow, and the events that tell of it.

Takes deltas; `emit` hears of each event by its name (without `response.`) and
its fields. One item is open at a time, save calls of tools: some models write
several side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.daemon.api.responses.ids import item_id
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.output_call import CallItem
from homeport.daemon.api.responses.output_message import MessageItem
from homeport.daemon.api.responses.output_reasoning import ReasoningItem
from homeport.daemon.api.responses.request import WIRE

Emit = Callable[..., None]
Ending = Literal["completed", "incomplete"]
NOTHING_THOUGHT = ThinkingDelta("")


class Output:
    """What the model has said so far."""

    def __init__(
        self,
        answer_id: str,
        emit: Emit,
        *,
        names: Names | None = None,
        summaries: bool = False,
        top_logprobs: int | None = None,
    ) -> None:
        self.items: list[dict[str, Any]] = []
        """By `output_index`."""
        self.foreign_reasoning = True
        """Encrypted reasoning is not OpenAI's."""
        self._answer_id = answer_id
        self._emit = emit
        self._names = names or Names()
        self._summaries = summaries
        self._top_logprobs = top_logprobs
        self._open: MessageItem | ReasoningItem | None = None
        self._calls: dict[int, CallItem] = {}
        self._last_call: int | None = None

    def add(self, delta: Delta) -> None:
        """Take one delta; what is no part of an answer is passed over."""
        if isinstance(delta, TextDelta):
            self._write(delta)
        elif isinstance(delta, ThinkingDelta):
            if delta != NOTHING_THOUGHT:
                self._think(delta)
        elif isinstance(delta, ToolCallDelta):
            self._call(delta)
        elif isinstance(delta, RefusalDelta):
            self._message().add_refusal(delta.text)
        elif isinstance(delta, CitationDelta):
            self._message().cite(delta.citation)
        elif isinstance(delta, OpaqueDelta):
            self._add_opaque(delta)
        elif isinstance(delta, PartEnd):
            self._end_part()

    def finish(self, finish: Finish) -> None:
        """Everything that is open is whole, or as much of it as there will be."""
        ending: Ending = (
            "incomplete" if finish.reason in ("length", "content_filter") else "completed"
        )
        self._close(ending)

    def resume(self, items: list[dict[str, Any]], message: MessageItem | None) -> None:
        """Go on from an answer that another has begun."""
        self.items, self._open = items, message

    def resume_call(self, number: int, call: CallItem) -> None:
        """Its last item is a call that another has begun."""
        self._calls[number], self._last_call = call, number

    def _write(self, delta: TextDelta) -> None:
        top = self._top_logprobs
        logprobs = delta.logprobs if top is not None else ()
        if delta.text or logprobs:
            self._message().add_text(delta.text, logprobs, top or 0)

    def _message(self) -> MessageItem:
        if not isinstance(self._open, MessageItem):
            self._close()
            index, name = self._next("msg")
            self._open = MessageItem(index, name, self._emit)
            self._begin(self._open.item)
        return self._open

    def _think(self, delta: ThinkingDelta) -> None:
        item = self._open
        if not isinstance(item, ReasoningItem) or not item.takes(delta):
            self._close()
            index, name = self._next("rs")
            item = self._open = ReasoningItem(
                index, delta.id or name, self._emit, summary=self._summaries
            )
            self._begin(item.item)
        item.add(delta, foreign=self.foreign_reasoning)

    def _call(self, delta: ToolCallDelta) -> None:
        call = self._calls.get(delta.index)
        if call is None:
            self._close_open()
            called = self._names.called(delta.name)
            told = delta.extras.get("type") == "custom"
            index, name = self._next("ctc" if told or called.custom else "fc")
            call = self._calls[delta.index] = CallItem(
                index, name, delta, self._emit, called=called, is_text=told
            )
            self._begin(call.item)
        self._last_call = delta.index
        call.add(delta.arguments)

    def _add_opaque(self, delta: OpaqueDelta) -> None:
        """A part of another wire has no words here."""
        if delta.wire != WIRE:
            return
        self._close()
        index = len(self.items)
        self._begin(delta.value)
        self._emit("output_item.done", output_index=index, item=delta.value)

    def _next(self, kind: str) -> tuple[int, str]:
        index = len(self.items)
        return index, item_id(kind, self._answer_id, index)

    def _begin(self, item: dict[str, Any]) -> None:
        self.items.append(item)
        self._emit("output_item.added", output_index=len(self.items) - 1, item=item)

    def _end_part(self) -> None:
        if self._open is not None:
            self._open.end_part()
        elif self._last_call is not None:
            self._calls.pop(self._last_call).close("completed")
            self._last_call = None

    def _close_open(self, ending: Ending = "completed") -> None:
        if self._open is not None:
            self._open.close(ending)
            self._open = None

    def _close(self, ending: Ending = "completed") -> None:
        self._close_open(ending)
        for call in sorted(self._calls.values(), key=lambda call: call.index):
            call.close(ending)
        self._calls, self._last_call = {}, None
