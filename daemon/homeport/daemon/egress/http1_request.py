"""Writes the head of an HTTP/1.1 request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from homeport.daemon.egress.troubles import LocalProtocolError

# Framing and the host follow from the request itself.
_OURS: Final = frozenset(
    [b"connection", b"content-length", b"expect", b"host", b"transfer-encoding", b"upgrade"]
)
_BODILESS: Final = frozenset({"GET", "HEAD"})
_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_METHOD: Final = re.compile(r"[A-Z]+")
_TARGET: Final = re.compile(r"[!-~]+")
_PORTS: Final = {"http": 80, "https": 443}


def head(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body_bytes: int) -> bytes:
    """Request line and headers; raises `LocalProtocolError` for what cannot be written."""
    lines = [_start(method, url)]
    for name, value in headers:
        kept = _kept(name)
        if kept:
            lines.append(kept + value)
    if body_bytes or method not in _BODILESS:
        lines.append(b"content-length: %d" % body_bytes)
    text = b"\r\n".join(lines)
    # `_start` holds two lines. A line end inside of a value would start a header of its own.
    if text.count(b"\n") != len(lines) or text.count(b"\r") != len(lines) or text.count(b"\0"):
        raise LocalProtocolError("a header holds a character that it cannot hold")
    return text + b"\r\n\r\n"


@lru_cache(maxsize=256)
def _start(method: str, url: str) -> bytes:
    """Request line and host."""
    parts = urlsplit(url)
    if not _METHOD.fullmatch(method) or not _TARGET.fullmatch(url) or not parts.hostname:
        raise LocalProtocolError("the request cannot be sent as it is")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port not in (None, _PORTS.get(parts.scheme)):
        host = f"{host}:{parts.port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{method} {target} HTTP/1.1\r\nhost: {host}".encode("ascii")


@lru_cache(maxsize=256)
def _kept(name: bytes) -> bytes:
    """How a header's line starts; empty for one that is written here."""
    if not _NAME.fullmatch(name):
        raise LocalProtocolError("a header has a name that cannot be sent")
    return b"" if name.lower() in _OURS else name + b": "
