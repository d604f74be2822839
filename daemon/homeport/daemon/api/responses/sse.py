"""Events of the Responses wire as bytes, and bytes as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

BEAT = b": the answer is being prepared\n\n"

_encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct, frozen=True):
    """What is looked at of an upstream's event."""

    type: str = ""
    sequence_number: int = -1
    output_index: int = -1
    item: msgspec.Raw = msgspec.Raw()
    part: msgspec.Raw = msgspec.Raw()
    delta: msgspec.Raw = msgspec.Raw()
    response: msgspec.Raw = msgspec.Raw()


_decoder = msgspec.json.Decoder(Event)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def event_bytes(kind: str, fields: dict[str, Any], number: int) -> bytes:
    """One event with its number."""
    data = _encode({"type": kind, "sequence_number": number, **fields})
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"


def events_in(data: bytes) -> Iterator[Event]:
    """The events in whole blocks of a stream; what is none is passed over."""
    for line in data_lines(data):
        try:
            yield _decoder.decode(line)
        except msgspec.MsgspecError:
            continue


def data_lines(data: bytes) -> Iterator[bytes]:
    """What each event holds."""
    for line in data.splitlines():
        if line.startswith(b"data:"):
            yield line[5:].strip()


def with_homeport(data: bytes, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    """The closing events with `homeport` in their `response`, and that object.

    Everything else in them stays as it came.
    """
    whole = b""
    lines = []
    for line in data.split(b"\n"):
        if line.startswith(b"data:"):
            line, found = _patched(line, homeport)
            whole = found or whole
        lines.append(line)
    return b"\n".join(lines), whole


def _patched(line: bytes, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    try:
        event = _fields.decode(line[5:])
        response = _fields.decode(event["response"])
    except (msgspec.MsgspecError, KeyError):
        return line, b""
    whole = _encode({**response, "homeport": homeport})
    return b"data: " + _encode({**event, "response": msgspec.Raw(whole)}), whole
