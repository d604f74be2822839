"""Reads server-sent events out of bytes as they arrive, whatever way they were cut.

Follows the event stream format of the HTML standard: lines end in LF, CR or
CRLF, comments are skipped, several data lines of one event are joined by LF, a
leading byte order mark is dropped. Events are bounded in size. What is no event is
skipped, and noted where it cannot be text in UTF-8 at all.
"""

from __future__ import annotations

from typing import Final

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024

ServerEvent = tuple[bytes, bytes]
"""The event's name (empty where it has none), its data."""

_BOM: Final = b"\xef\xbb\xbf"


class EventTooLarge(ValueError):
    """One event grew over its bound."""


class EventReader:
    """An incremental reader of one event stream."""

    __slots__ = ("_after_cr", "_held", "_held_bytes", "_max_bytes", "_start", "strange")

    def __init__(self, max_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._after_cr = False
        self._start: bytes | None = b""
        """Bytes seen so far while a byte order mark may still come; None after."""
        self.strange = False
        """Bytes came that no text holds."""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that this chunk completes."""
        if self._start is not None:
            chunk = self._without_bom(chunk)
        # `find`, for `in` asks bytes first whether they are a number.
        if self._after_cr or chunk.find(b"\r") >= 0:
            chunk = self._with_lf(chunk)
        if chunk.find(b"\n") < 0:
            self._hold(chunk)
            return []
        if self._held:
            self._held.append(chunk)
            chunk = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        events = self._plain(chunk)
        if events:
            return events
        blocks = chunk.split(b"\n\n")
        self._hold(blocks.pop())
        return self._events(blocks)

    def rest(self) -> list[ServerEvent]:
        """What stands unfinished at the end of the stream, read as if it were whole."""
        block = b"".join(self._held)
        self._held, self._held_bytes = [], 0
        return self._events([block])

    def _events(self, blocks: list[bytes]) -> list[ServerEvent]:
        events: list[ServerEvent] = []
        for block in blocks:
            if len(block) > self._max_bytes:
                raise EventTooLarge(f"an event is larger than {self._max_bytes} bytes")
            # The common case is one data line and nothing else.
            if block.startswith(b"data: ") and block.find(b"\n") < 0:
                events.append((b"", block[6:]))
            elif event := _event(block):
                events.append(event)
            elif not is_text(block):
                self.strange = True
        return events

    def _plain(self, chunk: bytes) -> list[ServerEvent]:
        """The events, where each is one data line and nothing else, as nearly all are; empty
        where any is more."""
        lines = chunk.split(b"\n")
        if not len(lines) % 2 or lines[-1] or any(lines[1::2]) or len(chunk) > self._max_bytes:
            return []
        data = lines[:-1:2]
        events = [(b"", line[6:]) for line in data if line[:6] == b"data: "]
        return events if len(events) == len(data) else []

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._max_bytes:
            self._held = []
            raise EventTooLarge(f"an event is larger than {self._max_bytes} bytes")

    def _without_bom(self, chunk: bytes) -> bytes:
        start = (self._start or b"") + chunk
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _with_lf(self, chunk: bytes) -> bytes:
        """Every line end as LF; a CRLF cut in two counts once."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def is_text(block: bytes) -> bool:
    """Whether bytes can be a text in UTF-8, be it cut in the middle of a character."""
    if b"\0" in block:
        return False
    try:
        block.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _event(block: bytes) -> ServerEvent | None:
    name = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return (name, b"\n".join(data)) if data else None
