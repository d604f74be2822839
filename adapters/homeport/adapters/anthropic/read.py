"""Reads the events of an answer of Anthropic's Messages API as `Delta`s.

Events and deltas of kinds that are not known are passed over; blocks that the
canonical model has no noun for are gathered and handed on whole, as `OpaqueDelta`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from homeport.adapters.anthropic.parts import WIRE, input_of
from homeport.adapters.anthropic.tools import AS_IT_COMES, Unwrapped
from homeport.adapters.anthropic.usage import read_usage
from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    FinishReason,
    OpaqueDelta,
    PartEnd,
    Spoken,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError

_PAUSED: Final = "pause_turn"
_REASONS: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    _PAUSED: "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_STATUS: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that each type of error has where it comes before the answer."""
_KEPT: Final = ("stop_details", "container", "context_management", "diagnostics")
_COUNTING: Final = ("message_start", "message_delta")
"""Events that may tell the usage."""
_TOLD_APART: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
"""Kinds of blocks with a noun."""


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: dict[str, Any] | None = None
    content_block: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    context_management: Any = None


_DECODER: Final = msgspec.json.Decoder(_Event)
_OBJECTS: Final = msgspec.json.Decoder(dict[str, Any])


class _Block:
    """One block of the answer, as far as it has come."""

    __slots__ = ("call", "json", "kind", "value")

    def __init__(self, value: dict[str, Any], call: int) -> None:
        self.kind = str(value.get("type") or "")
        self.value = value
        self.call = call
        """Which of the answer's calls it is; -1 where it is none."""
        self.json: list[str] = []


class MessageReader:
    """Reads one answer; `finish()` is its end, when the wire's own end has come."""

    def __init__(self, unwrapped: Unwrapped = AS_IT_COMES, tail: str = "") -> None:
        self._unwrapped = unwrapped
        self._tail = tail
        """Space that the caller has already: it is not said to it twice."""
        self._blocks: dict[int, _Block] = {}
        self._calls = 0
        self._usage: dict[str, Any] = {}
        self.told: UsageDelta | None = None
        """What the last event told of the usage, before the end of the answer."""
        self._model = ""
        self._id = ""
        self._reason = ""
        self._stop_sequence = ""
        self._extras: dict[str, Any] = {}
        self.stopped = False
        """The event that ends every answer came."""
        self.last_kind = ""
        """Of the event that was read last."""

    def read(self, data: bytes) -> list[Spoken]:
        """The deltas in one event; raises `Garbage`, `UpstreamError`."""
        try:
            event = _DECODER.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbage("not an event of a message") from error
        self.last_kind = event.type
        if event.type == "content_block_delta" and event.delta is not None:
            return self._more(event.index, event.delta)
        if event.type == "content_block_start" and event.content_block is not None:
            return self._start(event.index, event.content_block)
        if event.type == "content_block_stop":
            return self._stop(event.index)
        if event.type == "error":
            raise UpstreamError(with_status(event.error))
        self._note(event)
        if self._usage and not self._reason and event.type in _COUNTING:
            self.told = UsageDelta(self.usage)
        return []

    def read_whole(self, body: bytes) -> list[Spoken]:
        """The deltas of an answer that came in one piece."""
        try:
            message = _OBJECTS.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbage("not a message") from error
        if message.get("type") == "error" or message.get("error"):
            raise UpstreamError(with_status(message.get("error")))
        content = message.get("content")
        if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
            raise Garbage("not a message")
        self._note_message(message)
        self._note_end(message)
        self.stopped = True
        deltas: list[Spoken] = []
        for index, block in enumerate(content):
            deltas += self._start(index, block)
            deltas += self._stop(index)
        return deltas

    @property
    def ended(self) -> bool:
        """The model said why it stopped, and the wire's own end came."""
        return self.stopped and bool(self._reason)

    @property
    def usage(self) -> Usage:
        """What its server has counted so far."""
        return read_usage(self._usage)

    def finish(self) -> Finish:
        """The end of the answer; only after `ended`."""
        reason = _REASONS.get(self._reason, "stop")
        if reason == "tool_calls" and not self._calls:
            reason = "stop"
        elif reason == "stop" and self._calls and self._reason != _PAUSED:
            reason = "tool_calls"  # other servers of this wire end every turn alike
        return Finish(
            reason,
            self.usage,
            self._model,
            self._extras,
            self._reason,
            self._stop_sequence,
            self._id,
            WIRE,
        )

    def _note(self, event: _Event) -> None:
        if event.type == "message_start" and event.message is not None:
            self._note_message(event.message)
        elif event.type == "message_delta":
            self._note_end(event.delta or {})
            self._usage |= {k: v for k, v in (event.usage or {}).items() if v is not None}
            if event.context_management is not None:
                self._extras["context_management"] = event.context_management
        elif event.type == "message_stop":
            self.stopped = True

    def _note_message(self, message: dict[str, Any]) -> None:
        self._model, self._id = _string(message, "model"), _string(message, "id")
        usage = message.get("usage")
        self._usage |= usage if isinstance(usage, dict) else {}

    def _note_end(self, end: dict[str, Any]) -> None:
        self._reason = _string(end, "stop_reason") or self._reason
        self._stop_sequence = _string(end, "stop_sequence") or self._stop_sequence
        self._extras |= {name: end[name] for name in _KEPT if end.get(name) is not None}

    # -- blocks

    def _start(self, index: int, value: dict[str, Any]) -> list[Spoken]:
        is_call = value.get("type") == "tool_use" and not self._is_answer(value)
        block = self._blocks[index] = _Block(value, self._calls if is_call else -1)
        self._calls += is_call
        if block.kind == "text":
            return [*self._said(_string(value, "text")), *_citations(value.get("citations"))]
        if block.kind == "thinking":
            text, signature = _string(value, "thinking"), _string(value, "signature")
            return [ThinkingDelta(text, signature)] if text or signature else []
        if block.kind == "redacted_thinking":
            return [ThinkingDelta("", redacted=_string(value, "data"))]
        if is_call:
            extras = {k: v for k, v in value.items() if k not in ("type", "id", "name", "input")}
            if self._takes_text(block):
                extras["type"] = "custom"
            return [
                ToolCallDelta(
                    block.call, _string(value, "id"), _string(value, "name"), extras=extras
                )
            ]
        return []

    def _more(self, index: int, delta: dict[str, Any]) -> list[Spoken]:
        block = self._blocks.get(index)
        if block is None:
            raise Garbage("more of a block that was never begun")
        kind = delta.get("type")
        if kind == "text_delta" and block.kind == "text":
            return self._said(_string(delta, "text"))
        if kind == "thinking_delta" and block.kind == "thinking":
            return [ThinkingDelta(_string(delta, "thinking"))]
        if kind == "signature_delta" and block.kind == "thinking":
            return [ThinkingDelta("", _string(delta, "signature"))]
        if kind == "input_json_delta":
            return self._more_json(block, _string(delta, "partial_json"))
        if kind == "citations_delta" and block.kind == "text":
            return _citations([delta.get("citation")])
        if block.kind not in _TOLD_APART:
            _grow(block.value, delta)
        return []

    def _more_json(self, block: _Block, piece: str) -> list[Spoken]:
        if not piece:
            return []
        block.json.append(piece)
        if block.call >= 0 and not self._takes_text(block):
            return [ToolCallDelta(block.call, arguments=piece)]
        if self._is_answer(block.value) and not self._unwrapped.answer_field:
            return self._said(piece)
        return []

    def _stop(self, index: int) -> list[Spoken]:
        block = self._blocks.pop(index, None)
        if block is None:
            return []
        if block.call >= 0:
            return [*self._rest_of_call(block), PartEnd()]
        if self._is_answer(block.value):
            return [*self._rest_of_answer(block), PartEnd()]
        if block.kind in _TOLD_APART:
            return [PartEnd()]
        if block.json:
            block.value["input"] = input_of("".join(block.json))
        return [OpaqueDelta(WIRE, block.value), PartEnd()]

    def _rest_of_call(self, block: _Block) -> list[Spoken]:
        """What has not been handed on of a call's arguments."""
        if self._takes_text(block):
            text = self._input(block).get("input")
            return [ToolCallDelta(block.call, arguments=text if isinstance(text, str) else "")]
        return [] if block.json else [ToolCallDelta(block.call, arguments=self._given(block))]

    def _rest_of_answer(self, block: _Block) -> list[Spoken]:
        wrapped = self._unwrapped.answer_field
        if not wrapped:
            return [] if block.json else self._said(self._given(block))
        value = self._input(block).get(wrapped)
        return self._said(msgspec.json.encode(value).decode())

    def _is_answer(self, value: dict[str, Any]) -> bool:
        """Whether this call is the answer itself, asked for as a tool's input."""
        name = self._unwrapped.answer_tool
        return bool(name) and value.get("type") == "tool_use" and value.get("name") == name

    def _takes_text(self, block: _Block) -> bool:
        return _string(block.value, "name") in self._unwrapped.text_tools

    def _input(self, block: _Block) -> dict[str, Any]:
        return input_of("".join(block.json) or self._given(block))

    @staticmethod
    def _given(block: _Block) -> str:
        """The input that came with the start of the block."""
        return msgspec.json.encode(block.value.get("input") or {}).decode()

    def _said(self, text: str) -> list[Spoken]:
        if self._tail and text:
            tail = self._tail
            if tail.startswith(text):
                self._tail = tail[len(text) :]
                return []
            self._tail, text = "", text.removeprefix(tail)
        return [TextDelta(text)] if text else []


def with_status(error: Any) -> Any:
    """An error object with the status that its type stands for."""
    if not isinstance(error, dict):
        return error
    status = _STATUS.get(str(error.get("type")))
    return {**error, "code": status} if status else error


def _citations(values: Any) -> list[Spoken]:
    found = values if isinstance(values, list) else []
    return [CitationDelta(citation_of(value)) for value in found if isinstance(value, dict)]


def citation_of(value: dict[str, Any]) -> Citation:
    """A citation of this wire."""
    return Citation(
        url=_string(value, "url") or _string(value, "source"),
        title=_string(value, "title") or _string(value, "document_title"),
        quote=_string(value, "cited_text"),
        wire=WIRE,
        extras=value,
    )


def _grow(value: dict[str, Any], delta: dict[str, Any]) -> None:
    """Add a delta of an unknown kind to its block: texts grow, all else is set."""
    for name, more in delta.items():
        if name == "type":
            continue
        before = value.get(name)
        grows = isinstance(before, str) and isinstance(more, str)
        value[name] = before + more if grows else more


def _string(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def spoken_tokens(deltas: Iterable[Delta]) -> int:
    """Tokens that deltas hand to the caller."""
    return sum(
        delta.tokens if isinstance(delta, TextDelta) else not isinstance(delta, PartEnd)
        for delta in deltas
    )
