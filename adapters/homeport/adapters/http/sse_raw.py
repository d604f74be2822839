"""Cuts an event stream into its events and keeps the bytes of each as they came.

For answers that are handed on unchanged while they are read beside: the bytes of
all events, one after the other, are the bytes of the stream.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from homeport.adapters.http.sse import MAX_EVENT_BYTES, EventReader, EventTooLarge, is_text

# Two line ends, the first told by its last byte: beginning with a class makes the search fast.
_BOUNDARY: Final = re.compile(rb"[\r\n](?:(?<=\n)|(?<=\r)\n?+)(?>\r\n|\n|\r)")
_LONGEST_BOUNDARY: Final = 4
_PLAIN: Final = re.compile(rb"\A\n*(?:event:[^\r\n]*\n)?data: ([^\r\n]*)\n\n\Z")
"""The usual form: at most a name, and one line of data."""


class RawEvent(NamedTuple):
    """One event: its bytes with the blank line at their end, and its data."""

    raw: bytes
    data: bytes
    """Empty where the event carries none, as a comment."""


class RawEventReader:
    """An incremental reader of one event stream."""

    __slots__ = ("_held", "_max_bytes", "_searched", "strange")

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._searched = 0
        """Where the search for the next boundary goes on."""
        self.strange = False
        """Bytes came that no text holds."""

    def feed(self, chunk: bytes) -> list[RawEvent]:
        """The events that this chunk completes."""
        self._held += chunk
        events = []
        start = 0
        for boundary in _BOUNDARY.finditer(self._held, self._searched):
            events.append(self._event(bytes(self._held[start : boundary.end()])))
            start = boundary.end()
        del self._held[:start]
        if len(self._held) > self._max_bytes:
            raise EventTooLarge(f"an event is larger than {self._max_bytes} bytes")
        self._searched = max(0, len(self._held) - _LONGEST_BOUNDARY)
        return events

    def rest(self) -> bytes:
        """What stands unfinished at the end of the stream."""
        held, self._held, self._searched = bytes(self._held), bytearray(), 0
        self.strange = self.strange or not is_text(held)
        return held

    def _event(self, raw: bytes) -> RawEvent:
        if len(raw) > self._max_bytes:
            raise EventTooLarge(f"an event is larger than {self._max_bytes} bytes")
        plain = _PLAIN.match(raw)
        if plain:
            return RawEvent(raw, plain[1])
        read = EventReader(self._max_bytes)
        found = read.feed(raw) or read.rest()
        self.strange = self.strange or read.strange
        return RawEvent(raw, found[-1][1] if found else b"")
