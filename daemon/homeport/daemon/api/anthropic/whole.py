"""Gathers the events of a Messages stream into the one message they tell."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.anthropic.parts import WIRE, input_of
from homeport.adapters.base import Delta, Finish, StatusDelta, Wired
from homeport.adapters.http.sse_raw import RawEventReader
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.anthropic.events import Event, MessageEvents
from homeport.daemon.api.anthropic.usage import NOTHING, LeftOut

_GROWN = {"text_delta": "text", "thinking_delta": "thinking"}
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class WholeMessage:
    """A message as far as its events have come."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._json: dict[int, list[str]] = {}
        self._open: dict[int, str] = {}
        """Kinds of the blocks that are open."""

    @property
    def begun(self) -> int:
        """How many blocks were begun."""
        return len(self._blocks)

    @property
    def open_kind(self) -> str:
        """Of the last block, where it is still open."""
        return self._open.get(self.begun - 1, "")

    def apply(self, event: Event) -> None:
        """One event more; kinds that are not known are passed over."""
        kind, index = event.get("type"), event.get("index", 0)
        if kind == "content_block_delta":
            self._grow(index, event.get("delta") or {})
        elif kind == "content_block_start":
            block = self._blocks[index] = dict(event.get("content_block") or {})
            self._open[index] = str(block.get("type"))
        elif kind == "content_block_stop":
            self._close(index)
        elif kind == "message_start":
            self.message = {**(event.get("message") or {}), "content": []}
        elif kind == "message_delta":
            self._note_end(event)

    def object(self) -> dict[str, Any]:
        """The message."""
        for index in tuple(self._json):
            self._close(index)
        content = [block for _, block in sorted(self._blocks.items())]
        return {**self.message, "content": content}

    def _grow(self, index: int, delta: Event) -> None:
        block = self._blocks.setdefault(index, {})
        kind = str(delta.get("type"))
        if kind == "input_json_delta":
            self._json.setdefault(index, []).append(delta.get("partial_json") or "")
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta.get("citation")]
        elif kind in _GROWN:
            field = _GROWN[kind]
            block[field] = (block.get(field) or "") + (delta.get(field) or "")
        else:
            block |= {name: value for name, value in delta.items() if name != "type"}

    def _close(self, index: int) -> None:
        self._open.pop(index, None)
        arguments = "".join(self._json.pop(index, ()))
        if arguments:
            self._blocks[index]["input"] = input_of(arguments)

    def _note_end(self, event: Event) -> None:
        self.message |= event.get("delta") or {}
        told = {k: v for k, v in (event.get("usage") or {}).items() if v is not None}
        self.message["usage"] = (self.message.get("usage") or {}) | told
        rest = {k: v for k, v in event.items() if k not in ("type", "delta", "usage")}
        self.message |= rest


class Gathered:
    """The answer to one prompt, gathered from its deltas."""

    def __init__(self, left_out: LeftOut = NOTHING) -> None:
        self._left_out = left_out
        self._whole = WholeMessage()
        self._reader = RawEventReader()
        self._made: MessageEvents | None = None
        self._wired = False
        self.finish = Finish(reason="stop")

    def add(self, delta: Delta, view: RequestView) -> None:
        """Take one delta; `view` is the request as it stands."""
        if isinstance(delta, StatusDelta):
            return
        if isinstance(delta, Finish):
            self.finish = self._left_out.named(delta)
        elif isinstance(delta, Wired) and delta.wire == WIRE and self._made is None:
            self._wired = True
            self._apply_raw(delta.data)
        elif isinstance(delta, Wired):
            for spoken in delta.deltas:
                self.add(spoken, view)
        else:
            made = self._events(view)
            made.provider = view.model.partition("/")[0]
            self._apply(made.of(delta))

    def object(self, view: RequestView) -> dict[str, Any]:
        """The whole answer. Only after a `Finish`."""
        finish = self.finish
        if finish.raw and finish.wire == WIRE and self._made is None:
            self._apply_raw(finish.raw)
        else:
            self._apply(self._events(view).end(finish))
        homeport = homeport_object(view, finish)
        if self._made is not None and self._made.omitted:
            homeport = homeport | {"omitted": self._made.omitted}
        return self._whole.object() | {"homeport": homeport}

    def _events(self, view: RequestView) -> MessageEvents:
        if self._made is None:
            self._made = MessageEvents(f"msg_{view.id}", view.input_tokens)
            self._made.model, self._made.provider = view.model, view.model.partition("/")[0]
            if self._wired:
                self._made.go_on(self._whole.begun, self._whole.open_kind)
            else:
                self._apply(self._made.begin())
        return self._made

    def _apply(self, events: list[Event]) -> None:
        for event in events:
            self._whole.apply(event)

    def _apply_raw(self, data: bytes) -> None:
        for event in self._reader.feed(data):
            if event.data:
                self._whole.apply(_decode(event.data))
