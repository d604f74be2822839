"""The bytes of a Messages stream: an upstream's own, or made of deltas."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.base import (
    Delta,
    Finish,
    Spoken,
    StatusDelta,
    TextDelta,
    ToolCallDelta,
    Wired,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object, with_field
from homeport.daemon.api.anthropic.errors import anthropic_error
from homeport.daemon.api.anthropic.events import PING, MessageEvents, encoded
from homeport.daemon.api.anthropic.usage import NOTHING, LeftOut
from homeport.daemon.handover.sent import BegunCall
from homeport.policies.errors import HomeportError

BEAT = encoded(PING)
_START = b"\nevent: content_block_start"
_STOP = b"\nevent: content_block_stop"
_KIND = re.compile(rb'"content_block"\s*:\s*\{\s*"type"\s*:\s*"(\w+)"')

_encode = msgspec.json.Encoder().encode


def last_words(request_id: str) -> Callable[[HomeportError], bytes]:
    """What ends a stream that cannot be finished."""
    return lambda error: encoded(anthropic_error(error, request_id))


class MessageStream:
    """The events of one stream as bytes, with the model that `view` names."""

    def __init__(self, view: Callable[[], RequestView], left_out: LeftOut = NOTHING) -> None:
        self._view = view
        self._left_out = left_out
        self._events: MessageEvents | None = None
        self._wired = False
        """Events of an upstream went through."""
        self._begun = 0
        """Blocks that were begun in them."""
        self._ended = 0
        self._last_begun = b""
        """What came since the last one was begun, as far as it tells its kind."""
        self._call: BegunCall | None = None
        """The last one in them."""
        self._finish: Finish | None = None
        self._text_head = b""
        self._text_index = -1

    def encode(self, delta: Delta) -> bytes:
        """One delta; empty for what the wire has no place for."""
        if type(delta) is TextDelta:
            return self._text(delta)
        if isinstance(delta, Wired):
            return self._pass_on(delta)
        if isinstance(delta, Finish):
            self._finish = self._left_out.named(delta)
            return b""
        if isinstance(delta, StatusDelta):
            return b""
        return self._said(delta)

    def end(self) -> bytes:
        """The last events. Only after a `Finish`."""
        finish = self._finish or Finish(reason="stop")
        if finish.raw and finish.wire == WIRE and self._events is None:
            return with_field(finish.raw, self._homeport(finish))
        head, events = self._opened()
        *before, stop = events.end(finish)
        stop["homeport"] = self._homeport(finish)
        return head + b"".join(map(encoded, [*before, stop]))

    def _homeport(self, finish: Finish) -> dict[str, object]:
        made = homeport_object(self._view(), finish)
        omitted = self._events.omitted if self._events is not None else []
        return made | {"omitted": omitted} if omitted else made

    def _pass_on(self, wired: Wired) -> bytes:
        if wired.wire == WIRE and self._events is None:
            self._wired = True
            self._note_blocks(b"\n" + wired.data)
            self._note_call(wired.deltas)
            return wired.data
        return b"".join(map(self.encode, wired.deltas))

    def _note_blocks(self, data: bytes) -> None:
        """Where to go on if another model has to. No line of data begins like an event's name."""
        begun = data.count(_START)
        if begun:
            self._begun += begun
            self._last_begun = data[data.rfind(_START) :].partition(b"\n\n")[0]
        self._ended += data.count(_STOP)

    def _note_call(self, deltas: Sequence[Spoken]) -> None:
        for delta in deltas:
            if isinstance(delta, ToolCallDelta):
                if self._call is None or self._call.index != delta.index:
                    self._call = BegunCall(delta.index)
                self._call.add(delta)

    @property
    def _open_kind(self) -> str:
        if self._begun == self._ended:
            return ""
        found = _KIND.search(self._last_begun)
        return found[1].decode() if found else "unknown"

    def _opened(self) -> tuple[bytes, MessageEvents]:
        """The events, and the bytes that begin them where these are the first."""
        if self._events is not None:
            return b"", self._events
        view = self._view()
        events = self._events = MessageEvents(f"msg_{view.id}", view.input_tokens)
        events.model, events.provider = view.model, view.model.partition("/")[0]
        if self._wired:
            events.go_on(self._begun, self._open_kind)
            if self._open_kind == "tool_use" and self._call is not None:
                events.go_on_with_call(self._call.index, self._call.arguments)
            return b"", events
        return b"".join(map(encoded, events.begin())), events

    def _said(self, delta: Delta) -> bytes:
        head, events = self._opened()
        # After a hand-over another model speaks.
        events.provider = self._view().model.partition("/")[0]
        return head + b"".join(map(encoded, events.of(delta)))

    def _text(self, delta: TextDelta) -> bytes:
        """The common case: what repeats is encoded once."""
        events = self._events
        if events is None or events.open_text < 0 or not delta.text:
            return self._said(delta)
        if events.open_text != self._text_index:
            self._text_index = events.open_text
            self._text_head = (
                b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
                b'"delta":{"type":"text_delta","text":' % self._text_index
            )
        return self._text_head + _encode(delta.text) + b"}}\n\n"
