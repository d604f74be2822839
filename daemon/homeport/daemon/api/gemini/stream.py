"""The bytes of a Gemini stream: an upstream's own chunks, or such as are made of deltas.

With `alt=sse` every chunk is a server-sent event; without it the stream is one
JSON array. Comments of an event stream are errors to Google's Python SDK, so the
sign of life is a chunk that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from homeport.adapters.base import Delta, Finish, StatusDelta, TextDelta, Wired
from homeport.adapters.gemini.read import WIRE
from homeport.adapters.http.sse_raw import RawEventReader
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object, with_field
from homeport.daemon.api.gemini.chunks import AnswerChunks, Shown
from homeport.daemon.api.gemini.errors import gemini_error
from homeport.policies.errors import HomeportError

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Framing(Protocol):
    """How chunks follow each other."""

    content_type: bytes

    def frame(self, chunk: bytes) -> bytes:
        """One chunk."""
        ...

    def passed(self, events: bytes) -> bytes:
        """Whole events of an upstream."""
        ...

    def end(self) -> bytes:
        """What follows the last chunk."""
        ...

    def aside(self, error: HomeportError) -> bytes:
        """What is said of an error before the chunk that tells it."""
        ...


class Events:
    """Server-sent events."""

    content_type = b"text/event-stream; charset=utf-8"

    def frame(self, chunk: bytes) -> bytes:
        """One event."""
        return b"data: " + chunk + b"\r\n\r\n"

    def passed(self, events: bytes) -> bytes:
        """As they came."""
        return events

    def end(self) -> bytes:
        """The end of the body is the end."""
        return b""

    def aside(self, error: HomeportError) -> bytes:
        """The error as no event, in a packet of its own: Google's JavaScript SDK, and so
        Gemini CLI, looks for it there and nowhere else. Other readers skip the line."""
        return _encode(gemini_error(error)) + b"\r\n\r\n"


class Array:
    """The items of one JSON array."""

    content_type = b"application/json; charset=utf-8"

    def __init__(self) -> None:
        self._begun = False

    def frame(self, chunk: bytes) -> bytes:
        """One item."""
        before = b",\r\n" if self._begun else b"["
        self._begun = True
        return before + chunk

    def passed(self, events: bytes) -> bytes:
        """Their data, which is not changed."""
        found = RawEventReader().feed(events)
        return b"".join(self.frame(event.data) for event in found if event.data)

    def end(self) -> bytes:
        """The bracket."""
        return b"]" if self._begun else b"[]"

    def aside(self, error: HomeportError) -> bytes:  # noqa: ARG002 - nothing needs it
        """Nothing."""
        return b""


class AnswerStream:
    """The bytes of one stream, with the model that `view` names."""

    def __init__(
        self,
        view: Callable[[], RequestView],
        shown: Shown,
        framing: Framing,
        left_out: Sequence[str] = (),
    ) -> None:
        self._view = view
        self._shown = shown
        self._framing = framing
        self._left_out = left_out
        """Tools that the prompt was answered without."""
        self._made: AnswerChunks | None = None
        self._wired: bytes | None = None
        """The first events of an upstream that went through; None where none did."""
        self._finish: Finish | None = None
        self._text_head = self._text_tail = b""
        self._text_model = ""

    def encode(self, delta: Delta) -> bytes:
        """One delta; empty for what the wire has no place for."""
        if type(delta) is TextDelta:
            return self._text(delta)
        if isinstance(delta, Wired):
            return self._pass_on(delta)
        if isinstance(delta, Finish):
            self._finish = self._shown.named(delta, self._left_out)
            return b""
        return b"" if isinstance(delta, StatusDelta) else self._said(delta)

    def beat(self) -> bytes:
        """A sign of life. It begins nothing: an upstream's events may still go through."""
        return self._framing.frame(_encode((self._made or self._begun()).beat()))

    def end(self) -> bytes:
        """The last chunk. Only after a `Finish`; raises `NothingAnswered`."""
        finish = self._finish or Finish(reason="stop")
        if finish.raw and finish.wire == WIRE and self._made is None:
            return (
                self._framing.passed(with_field(finish.raw, self._homeport(finish)))
                + self._framing.end()
            )
        last = self._chunks().end(finish)
        last["homeport"] = self._homeport(finish)
        return self._framing.frame(_encode(last)) + self._framing.end()

    def last_words(self, error: HomeportError) -> bytes:
        """What ends a stream that cannot be finished."""
        return self._framing.frame(_encode(gemini_error(error))) + self._framing.end()

    def _homeport(self, finish: Finish) -> dict[str, object]:
        made = homeport_object(self._view(), finish)
        omitted = self._made.omitted if self._made is not None else []
        return made | {"omitted": omitted} if omitted else made

    def _pass_on(self, wired: Wired) -> bytes:
        if wired.wire == WIRE and self._made is None:
            self._wired = self._wired or wired.data
            return self._framing.passed(wired.data)
        return b"".join(map(self.encode, wired.deltas))

    def _chunks(self) -> AnswerChunks:
        if self._made is None:
            self._made = self._begun()
        # After a hand-over another model speaks.
        self._made.model = self._view().model
        return self._made

    def _begun(self) -> AnswerChunks:
        view = self._view()
        chunks = AnswerChunks(response_id_in(self._wired or b"") or view.id, self._shown)
        chunks.model = view.model
        return chunks

    def _said(self, delta: Delta) -> bytes:
        return b"".join(self._framing.frame(_encode(c)) for c in self._chunks().of(delta))

    def _text(self, delta: TextDelta) -> bytes:
        """The common case: what repeats is encoded once."""
        made = self._made
        if made is None or not made.is_plain or made.has_calls or not delta.text:
            return self._said(delta)
        model = self._view().model
        if model != self._text_model or not self._text_head:
            made.model = self._text_model = model
            around = _encode(made.chunk([{"text": "\0"}]))
            self._text_head, _, self._text_tail = around.partition(b'"\\u0000"')
        made.note_text(delta.text)
        return self._framing.frame(self._text_head + _encode(delta.text) + self._text_tail)


def response_id_in(events: bytes) -> str:
    """The id of the answer that these events are of; empty where they do not say."""
    for event in RawEventReader().feed(events):
        try:
            found = _decode(event.data).get("responseId") if event.data else None
        except msgspec.MsgspecError:
            continue
        if isinstance(found, str):
            return found
    return ""
