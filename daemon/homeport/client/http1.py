"""One HTTP/1.1 response, read as it comes.

Small because the other side is our own daemon on the same machine, and strict
because anything else there is a surprise that a person should hear about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

MAX_HEAD_BYTES = 64 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
"""Of one line of a stream."""


class Malformed(Exception):
    """What came is not HTTP/1.1."""


class CutOff(Exception):
    """The connection ended before the response did."""


class Head:
    """The status line and the headers; header names are in lower case."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers

    def __repr__(self) -> str:
        return f"Head({self.status}, {self.headers})"


class ResponseReader:
    """Reads one response from `receive`, which gives some bytes, or none at the end."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._buffer = b""

    def head(self) -> Head:
        """Reads up to the body; interim responses (1xx) are passed over."""
        while True:
            head = self._one_head()
            if head.status >= 200:
                return head

    def body(self, head: Head) -> Iterator[bytes]:
        """The pieces of the body as they come, freed of their framing."""
        if head.status in (204, 304):
            return iter(())
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = head.headers.get("content-length")
        if length is not None:
            return self._counted(_number(length, 10))
        return self._until_end()

    def _one_head(self) -> Head:
        status_line = self._line(MAX_HEAD_BYTES)
        parts = status_line.split(b" ", 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1."):
            raise Malformed(f"the answer starts with {status_line[:40]!r}")
        headers: dict[str, str] = {}
        size = 0
        while line := self._line(MAX_HEAD_BYTES):
            size += len(line)
            name, colon, value = line.partition(b":")
            if not colon or size > MAX_HEAD_BYTES:
                raise Malformed(f"a header reads {line[:40]!r}")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
        return Head(_number(parts[1].decode("latin-1"), 10), headers)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size_line = self._line(MAX_HEAD_BYTES).decode("latin-1")
            left = _number(size_line.partition(";")[0].strip(), 16)
            if left == 0:
                break
            yield from self._counted(left)
            if self._line(MAX_HEAD_BYTES):
                raise Malformed("a chunk is longer than it said")
        while self._line(MAX_HEAD_BYTES):
            pass

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            piece = self._some(left)
            left -= len(piece)
            yield piece

    def _until_end(self) -> Iterator[bytes]:
        if self._buffer:
            yield self._buffer
            self._buffer = b""
        while piece := self._receive():
            yield piece

    def _some(self, most: int) -> bytes:
        if not self._buffer:
            self._fill()
        piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece

    def _line(self, limit: int) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > limit:
                raise Malformed("a header has no end")
            self._fill()
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    def _fill(self) -> None:
        piece = self._receive()
        if not piece:
            raise CutOff
        self._buffer += piece


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a stream of newline-delimited JSON; empty ones are passed over."""
    started: list[bytes] = []
    size = 0
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for end in ended:
            line = b"".join([*started, end]).strip()
            started, size = [], 0
            if line:
                yield line
        started.append(rest)
        size += len(rest)
        if size > MAX_LINE_BYTES:
            raise Malformed("a line has no end")
    if last := b"".join(started).strip():
        yield last


def _number(text: str, base: int) -> int:
    # int() would take signs, underscores and spaces, which HTTP does not allow.
    if not text.isalnum() or not text.isascii():
        raise Malformed(f"{text[:40]!r} stands where a number should")
    try:
        return int(text, base)
    except ValueError:
        raise Malformed(f"{text[:40]!r} stands where a number should") from None
