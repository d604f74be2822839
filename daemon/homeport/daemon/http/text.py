"""The texts of HTTP/1.1: status lines, header lines, chunks, and the shortest refusal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import httptools
import msgspec

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_STATUS_LINES: Final = {
    int(status): f"HTTP/1.1 {int(status)} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_PLAIN: Final = frozenset(b"?#%")
"""Bytes without which a target that is a path is just that."""
LAST_CHUNK: Final = b"0\r\n\r\n"


class _Date:
    """The date line of the current second."""

    second = -1
    line = b""


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def date_line() -> bytes:
    """`date: …`, written once a second."""
    second = int(time.time())
    if second != _Date.second:
        now = time.gmtime(second)
        text = (
            f"date: {_DAYS[now.tm_wday]}, {now.tm_mday:02} {_MONTHS[now.tm_mon - 1]} {now.tm_year}"
            f" {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} GMT\r\n"
        )
        _Date.second, _Date.line = second, text.encode()
    return _Date.line


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bool]:
    """The lines, and whether a content length is among them."""
    sized = False
    lines = []
    for name, value in headers:
        if name == b"content-length":
            sized = True
        lines.append(b"%b: %b\r\n" % (name, value))
    text = b"".join(lines)
    if text.count(b"\n") != len(lines) or text.count(b"\r") != len(lines):
        raise ValueError("a header's value holds a line break")
    return text, sized


def chunk(body: bytes, *, last: bool) -> bytes:
    """Body bytes in chunked encoding, with the end of the body where it is the last."""
    written = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return written + LAST_CHUNK if last else written


def target(url: bytes) -> tuple[str, bytes]:
    """Decoded path and raw query of a request target."""
    if url.startswith(b"/") and _PLAIN.isdisjoint(url):
        return url.decode("ascii"), b""
    parsed = httptools.parse_url(url)
    path = (parsed.path or b"/").decode("ascii")
    if "%" in path:
        from urllib.parse import unquote

        path = unquote(path)
    return path, parsed.query or b""


def refusal(status: int, code: str, sentence: str) -> bytes:
    """A whole answer to what could not even be read as a request."""
    error = {"code": code, "blame": "caller", "sentence": sentence, "message": sentence}
    body = msgspec.json.encode({"error": error})
    head = (
        b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        % len(body)
    )
    return status_line(status) + date_line() + head + body
