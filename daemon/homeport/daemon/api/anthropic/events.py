"""From deltas to the events of a Messages stream, block after block.

A block is begun by the first delta of its kind and ended by a delta of another
kind, by `PartEnd`, or by the end. Calls follow one another; one that begins
while the arguments of another are not whole yet stays beside it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.anthropic.parts import WIRE, input_of, safe_id
from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    Spoken,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.daemon.api.anthropic.signatures import marked
from homeport.daemon.api.anthropic.usage import stop_reason, usage_object

Event = dict[str, Any]

PING: Event = {"type": "ping"}
_THINKING: Event = {"type": "thinking", "thinking": "", "signature": ""}

_encode = msgspec.json.Encoder().encode


class OpenCall:
    """A call whose block is open."""

    __slots__ = ("arguments", "index")

    def __init__(self, index: int) -> None:
        self.index = index
        self.arguments: list[str] = []

    @property
    def is_whole(self) -> bool:
        """Nothing can follow what was written of its arguments; where nothing was, all may."""
        text = "".join(self.arguments)
        return bool(text) and input_of(text) != {"arguments": text}


class MessageEvents:
    """The events of one answer. Knows no bytes."""

    def __init__(self, message_id: str, input_tokens: int | None) -> None:
        self._id = message_id
        self._input_tokens = input_tokens
        self.model = ""
        """Who answers; to be set before the first delta."""
        self.provider = ""
        self._next = 0
        self._open = -1
        """Index of the open block that is no call; -1 where there is none."""
        self._kind = ""
        self._signed = False
        self._calls: dict[int, OpenCall] = {}
        self._begun_calls: set[int] = set()
        self._refused = False
        self.omitted: list[str] = []
        """Kinds of parts that this wire cannot show."""

    def begin(self) -> list[Event]:
        """The first events."""
        usage = {"input_tokens": self._input_tokens or 0, "output_tokens": 0}
        message: Event = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        return [{"type": "message_start", "message": message}, PING]

    def go_on(self, begun: int, open_kind: str) -> None:
        """Go on behind so many blocks that came from elsewhere.

        `open_kind` is that of the last one, where it is still open; else empty.
        """
        self._next = begun
        self._open = begun - 1 if open_kind else -1
        self._kind = open_kind

    def go_on_with_call(self, number: int, arguments: str) -> None:
        """The open block is this call, of whose arguments so much was written."""
        call = self._calls[number] = OpenCall(self._open)
        call.arguments.append(arguments)
        self._begun_calls.add(number)
        self._open, self._kind = -1, ""

    @property
    def open_text(self) -> int:
        """Index of the text that is being written; -1 where none is."""
        return self._open if self._kind == "text" else -1

    def of(self, delta: Delta) -> list[Event]:
        """The events of one delta."""
        if isinstance(delta, TextDelta):
            return self._text(delta.text)
        if isinstance(delta, ThinkingDelta):
            return self._thinking(delta)
        if isinstance(delta, ToolCallDelta):
            return self._call(delta)
        if isinstance(delta, PartEnd):
            return self._close()
        if isinstance(delta, RefusalDelta):
            self._refused = True
            return self._text(delta.text)
        return self._rare(delta)

    def end(self, finish: Finish) -> list[Event]:
        """The last events, without what we add to them."""
        reason = stop_reason(finish, refused=self._refused)
        sequence = finish.stop_sequence or None
        delta: Event = {"stop_reason": reason, "stop_sequence": sequence}
        if finish.wire == WIRE:
            delta |= {name: finish.extras[name] for name in ("stop_details", "container")
                      if name in finish.extras}  # fmt: skip
        usage = usage_object(finish.usage)
        return [
            *self._close(),
            {"type": "message_delta", "delta": delta, "usage": usage},
            {"type": "message_stop"},
        ]

    # -- blocks

    def _text(self, text: str) -> list[Event]:
        if not text:
            return []
        begun = self._ensure("text", {"type": "text", "text": ""})
        return [*begun, self._more({"type": "text_delta", "text": text})]

    def _thinking(self, delta: ThinkingDelta) -> list[Event]:
        events: list[Event] = []
        if delta.redacted:
            data = marked(self.provider, delta.redacted)
            events += self._whole({"type": "redacted_thinking", "data": data})
        if delta.text:
            events += self._ensure("thinking", _THINKING.copy())
            events.append(self._more({"type": "thinking_delta", "thinking": delta.text}))
        if delta.signature:
            events += self._ensure("thinking", _THINKING.copy())
            # What was signed is whole: more reasoning is a block of its own.
            events += [self._signature(delta.signature), *self._close()]
        return events

    def _signature(self, signature: str) -> Event:
        self._signed = True
        shown = marked(self.provider, signature)
        return self._more({"type": "signature_delta", "signature": shown})

    def _call(self, delta: ToolCallDelta) -> list[Event]:
        events: list[Event] = []
        call = self._calls.get(delta.index)
        if call is None:
            if delta.index in self._begun_calls:
                return []  # behind arguments that were whole: nothing but space
            events += self._begin_call(delta)
            call = self._calls[delta.index]
        if delta.arguments:
            call.arguments.append(delta.arguments)
            more = {"type": "input_json_delta", "partial_json": delta.arguments}
            events.append(_more(call.index, more))
        return events

    def _begin_call(self, delta: ToolCallDelta) -> list[Event]:
        done = [number for number, call in self._calls.items() if call.is_whole]
        events = [*self._close_block(), *(_stop(self._calls.pop(number).index) for number in done)]
        self._begun_calls.add(delta.index)
        index = self._take_index()
        self._calls[delta.index] = OpenCall(index)
        block = {
            **delta.extras,
            "type": "tool_use",
            "id": safe_id(delta.id or f"toolu_{self._id}_{delta.index}"),
            "name": delta.name,
            "input": {},
        }
        return [*events, _start(index, block)]

    def _rare(self, delta: Spoken | Any) -> list[Event]:
        if isinstance(delta, CitationDelta):
            begun = self._ensure("text", {"type": "text", "text": ""})
            cited = {"type": "citations_delta", "citation": citation_object(delta.citation)}
            return [*begun, self._more(cited)]
        if isinstance(delta, OpaqueDelta):
            if delta.wire == WIRE:
                return self._whole(delta.value)
            self.omitted.append(str(delta.value.get("type") or delta.wire))
        return []

    def _whole(self, block: Event) -> list[Event]:
        closed = self._close()
        index = self._take_index()
        return [*closed, _start(index, block), _stop(index)]

    def _ensure(self, kind: str, block: Event) -> list[Event]:
        """The events after which a block of this kind is open."""
        if self._kind == kind:
            return []
        closed = self._close()
        self._open, self._kind, self._signed = self._take_index(), kind, False
        return [*closed, _start(self._open, block)]

    def _take_index(self) -> int:
        self._next += 1
        return self._next - 1

    def _more(self, delta: Event) -> Event:
        return _more(self._open, delta)

    def _close(self) -> list[Event]:
        """End every open block."""
        calls, self._calls = self._calls, {}
        return [*self._close_block(), *(_stop(call.index) for call in calls.values())]

    def _close_block(self) -> list[Event]:
        if not self._kind:
            return []
        events = []
        if self._kind == "thinking" and not self._signed and self.provider != WIRE:
            events.append(self._signature(""))
        index, self._open, self._kind = self._open, -1, ""
        return [*events, _stop(index)]


def citation_object(citation: Citation) -> Event:
    """A citation in one of this wire's shapes."""
    if citation.wire == WIRE:
        return citation.extras
    return {
        "type": "web_search_result_location",
        "url": citation.url,
        "title": citation.title or None,
        "cited_text": citation.quote,
        "encrypted_index": "",
    }


def encoded(event: Event) -> bytes:
    """An event as it goes over the wire."""
    kind = event["type"].encode()
    return b"".join((b"event: ", kind, b"\ndata: ", _encode(event), b"\n\n"))


def _start(index: int, block: Event) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _more(index: int, delta: Event) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _stop(index: int) -> Event:
    return {"type": "content_block_stop", "index": index}
