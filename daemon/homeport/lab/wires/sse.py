"""Server-sent events, as the lab writes them."""

from __future__ import annotations

from typing import Any

from homeport.lab.nouns import compact

CONTENT_TYPE = "text/event-stream; charset=utf-8"


def data(value: Any) -> bytes:
    """An event without a name."""
    return b"data: " + compact(value) + b"\n\n"


def named(name: str, value: Any) -> bytes:
    """An event with a name."""
    return b"event: " + name.encode() + b"\ndata: " + compact(value) + b"\n\n"


def raw(payload: bytes) -> bytes:
    """Any bytes as the data of an event."""
    return b"data: " + payload + b"\n\n"


def pieces(text: str, size: int = 6) -> list[str]:
    """A text cut into pieces, as arguments of a tool arrive."""
    return [text[start : start + size] for start in range(0, len(text), size)] or [""]
