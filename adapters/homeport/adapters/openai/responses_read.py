"""Reads answers of OpenAI's Responses wire, streamed or whole, as `Delta`s.

Nothing is lost: the response object as it came at the end, with every item of
its output, is the `extras` of the `Finish`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    FinishReason,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.openai.usage import read_response_usage

WIRE: Final = "openai-responses"

_CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input"}
_INCOMPLETE: Final[dict[str, FinishReason]] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}
_BETWEEN_PARTS: Final = "\n\n"
_NOT_KEPT: Final = frozenset({"id", "model", "usage", "object"})
_DECODER: Final = msgspec.json.Decoder(dict[str, Any])

Item = dict[str, Any]


class ResponseReader:
    """Reads one answer; `finish()` is its end, when the wire's own end has come."""

    wire = WIRE
    is_framed = False
    """Its events are read one by one."""

    def words(self, events: Sequence[bytes]) -> list[str]:  # noqa: ARG002 - one shape
        """None; see `CompletionReader.words`."""
        return []

    def __init__(self) -> None:
        self._id = ""
        self._model = ""
        self._last: Item | None = None
        """The response as the closing event has it."""
        self._counted: Item = {}
        """The usage as a response had it last."""
        self._calls: dict[int, int] = {}
        """Our index of each call, by its place in the output."""
        self._told: set[int] = set()
        """Places in the output of which some words have come."""

    def read(self, data: bytes) -> list[Delta]:
        """The deltas in one event (or one whole body); raises `Garbage`, `UpstreamError`."""
        try:
            event = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Garbage("not an answer of the Responses wire") from error
        if event.get("object") == "response":
            return self._read_whole(event)
        kind = event.get("type")
        if kind == "error" or (kind is None and event.get("error")):
            raise UpstreamError(event.get("error") or event)
        if not isinstance(kind, str):
            raise Garbage("an event without a type")
        read = _READERS.get(kind)
        if read is not None:
            return read(self, event)
        return []

    @property
    def ended(self) -> bool:
        """Whether the closing event has come."""
        return self._last is not None

    @property
    def usage(self) -> Usage:
        """What its server has counted so far."""
        return read_response_usage(self._counted)

    def finish(self) -> Finish:
        """The end of the answer; only after `ended`."""
        last = self._last or {}
        why = _table(last.get("incomplete_details")).get("reason")
        reason = _INCOMPLETE.get(str(why), "length") if why else "stop"
        if reason == "stop" and self._calls:
            reason = "tool_calls"
        return Finish(
            reason,
            self.usage,
            self._model,
            {name: value for name, value in last.items() if name not in _NOT_KEPT},
            raw_reason=str(why or last.get("status") or ""),
            id=self._id,
            wire=WIRE,
        )

    # Events

    def _begun(self, event: Item) -> list[Delta]:
        self._note(_table(event.get("response")))
        return []

    def _closed(self, event: Item) -> list[Delta]:
        response = _table(event.get("response"))
        self._note(response)
        if response.get("status") == "failed" or event.get("type") == "response.failed":
            raise UpstreamError(response.get("error") or {"code": "server_error"})
        self._last = response
        return []

    def _note(self, response: Item) -> None:
        self._id = self._id or str(response.get("id") or "")
        self._model = self._model or str(response.get("model") or "")
        self._counted = _table(response.get("usage")) or self._counted

    def _item_added(self, event: Item) -> list[Delta]:
        item = _table(event.get("item"))
        if item.get("type") in _CALLS:
            return [self._call(_place(event), item)]
        return []

    def _call(self, place: int, item: Item) -> ToolCallDelta:
        index = self._calls[place] = len(self._calls)
        call_id = str(item.get("call_id") or item.get("id") or f"call_{self._id}_{index}")
        known = ("type", "call_id", "name", "arguments", "input", "status")
        extras = {name: value for name, value in item.items() if name not in known}
        if item.get("type") == "custom_tool_call":
            extras["type"] = "custom"
        return ToolCallDelta(index, call_id, str(item.get("name") or ""), extras=extras)

    def _text(self, event: Item) -> list[Delta]:
        self._told.add(_place(event))
        tokens = _tokens(event.get("logprobs"))
        return [TextDelta(_word(event), max(1, len(tokens)), tokens)] if _word(event) else []

    def _refused(self, event: Item) -> list[Delta]:
        self._told.add(_place(event))
        return [RefusalDelta(_word(event))]

    def _thought(self, event: Item) -> list[Delta]:
        self._told.add(_place(event))
        return [ThinkingDelta(_word(event), id=str(event.get("item_id") or ""))]

    def _thought_goes_on(self, event: Item) -> list[Delta]:
        """Another part of the same reasoning."""
        if not event.get("summary_index"):
            return []
        return [ThinkingDelta(_BETWEEN_PARTS, id=str(event.get("item_id") or ""))]

    def _arguments(self, event: Item) -> list[Delta]:
        place = _place(event)
        if place not in self._calls:
            raise Garbage("arguments of a call that was not begun")
        self._told.add(place)
        return [ToolCallDelta(self._calls[place], arguments=_word(event))]

    def _cited(self, event: Item) -> list[Delta]:
        return [CitationDelta(citation(_table(event.get("annotation"))))]

    def _part_done(self, event: Item) -> list[Delta]:
        return [PartEnd()] if _place(event) in self._told else []

    def _item_done(self, event: Item) -> list[Delta]:
        """What was not told in pieces is told now."""
        place, item = _place(event), _table(event.get("item"))
        if place in self._told:
            return self._rest(place, item)
        return self._whole_item(place, item)

    def _rest(self, place: int, item: Item) -> list[Delta]:
        if item.get("type") == "reasoning":
            return [*_sealed(item), PartEnd()]
        return [PartEnd()] if place in self._calls else []

    # Whole

    def _read_whole(self, response: Item) -> list[Delta]:
        output = response.get("output")
        if not isinstance(output, list):
            raise Garbage("a response without output")
        self._closed({"response": response})
        return [
            d for place, item in enumerate(output) for d in self._whole_item(place, _table(item))
        ]

    def _whole_item(self, place: int, item: Item) -> list[Delta]:
        kind = item.get("type")
        if kind == "message":
            return _message(item)
        if kind == "reasoning":
            return [*_reasoning(item), *_sealed(item), PartEnd()]
        if kind in _CALLS:
            begun = [] if place in self._calls else [self._call(place, item)]
            words = str(item.get(_CALLS[str(kind)]) or "")
            return [*begun, ToolCallDelta(self._calls[place], arguments=words), PartEnd()]
        return [OpaqueDelta(WIRE, item)]


_READERS: Final = {
    "response.created": ResponseReader._begun,
    "response.queued": ResponseReader._begun,
    "response.in_progress": ResponseReader._begun,
    "response.completed": ResponseReader._closed,
    "response.incomplete": ResponseReader._closed,
    "response.failed": ResponseReader._closed,
    "response.output_item.added": ResponseReader._item_added,
    "response.output_item.done": ResponseReader._item_done,
    "response.content_part.done": ResponseReader._part_done,
    "response.output_text.delta": ResponseReader._text,
    "response.output_text.annotation.added": ResponseReader._cited,
    "response.refusal.delta": ResponseReader._refused,
    "response.reasoning_summary_part.added": ResponseReader._thought_goes_on,
    "response.reasoning_summary_text.delta": ResponseReader._thought,
    "response.reasoning_text.delta": ResponseReader._thought,
    "response.function_call_arguments.delta": ResponseReader._arguments,
    "response.custom_tool_call_input.delta": ResponseReader._arguments,
}
"""Events that say something; the others repeat it, or belong to an item told when it is done."""


def citation(note: Item) -> Citation:
    """A source, from an annotation of this wire."""
    start, end = note.get("start_index"), note.get("end_index")
    return Citation(
        url=str(note.get("url") or ""),
        title=str(note.get("title") or note.get("filename") or ""),
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
        wire=WIRE,
        extras=note,
    )


def _message(item: Item) -> list[Delta]:
    deltas: list[Delta] = []
    for part in _list(item.get("content")):
        if part.get("type") == "refusal":
            deltas.append(RefusalDelta(str(part.get("refusal") or "")))
        elif isinstance(part.get("text"), str):
            tokens = _tokens(part.get("logprobs"))
            if part["text"]:
                deltas.append(TextDelta(part["text"], max(1, len(tokens)), tokens))
            notes = _list(part.get("annotations"))
            deltas += [CitationDelta(citation(note)) for note in notes]
        else:
            deltas.append(OpaqueDelta(WIRE, part))
        deltas.append(PartEnd())
    return deltas


def _reasoning(item: Item) -> list[Delta]:
    """The whole reasoning where it is shown, else its summary."""
    parts = _list(item.get("content")) or _list(item.get("summary"))
    words = _BETWEEN_PARTS.join(str(part.get("text") or "") for part in parts)
    return [ThinkingDelta(words, id=str(item.get("id") or ""))] if words else []


def _sealed(item: Item) -> list[Delta]:
    """What only the provider can read, to be sent back to it."""
    sealed, name = item.get("encrypted_content"), str(item.get("id") or "")
    return [ThinkingDelta("", redacted=sealed, id=name)] if isinstance(sealed, str) else []


def _place(event: Item) -> int:
    """Which item of the output it belongs to."""
    place = event.get("output_index", 0)
    if not isinstance(place, int):
        raise Garbage("an item without a place")
    return place


def _word(event: Item) -> str:
    word = event.get("delta")
    if not isinstance(word, str):
        raise Garbage("a piece that is no text")
    return word


def _tokens(raw: Any) -> tuple[TokenLogprob, ...]:
    return tuple(
        TokenLogprob(
            str(token.get("token", "")),
            float(token["logprob"]),
            tuple(
                (str(t.get("token", "")), float(t["logprob"]))
                for t in _list(token.get("top_logprobs"))
                if isinstance(t.get("logprob"), int | float)
            ),
        )
        for token in _list(raw)
        if isinstance(token.get("logprob"), int | float)
    )


def _list(value: Any) -> list[Item]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _table(value: Any) -> Item:
    return value if isinstance(value, dict) else {}
