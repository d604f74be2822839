"""What comes out of the daemon's stream of events, line by line.

An event of an unknown kind is survived and counted; a snapshot of another
version is told apart before it is read. Pure: bytes in, values out.
"""

from __future__ import annotations

from typing import cast

import msgspec

from homeport.client import wire
from homeport.client.errors import BrokenAnswer

_LINE_BYTES = 32 * 1024 * 1024


class Unknown(msgspec.Struct, frozen=True):
    """An event of a kind that this program does not know."""

    n: int = -1
    """Its number; -1 where it carries none."""
    type: str = ""


class OtherVersion(msgspec.Struct, frozen=True):
    """The daemon speaks another version of the events."""

    version: str
    api_version: int


Heard = wire.Snapshot | wire.Event | Unknown

_heard = msgspec.json.Decoder(wire.Snapshot | wire.Event)
_unknown = msgspec.json.Decoder(Unknown)


class _Greeting(msgspec.Struct, frozen=True):
    """What every version of a snapshot has."""

    type: str = ""
    version: str = ""
    api_version: int = wire.API_VERSION


_greeting = msgspec.json.Decoder(_Greeting)


def follows(last: int, event: Heard) -> bool:
    """Whether nothing is missing between number `last` and this event."""
    if isinstance(event, wire.Snapshot):
        return True
    if isinstance(event, wire.Heartbeat):
        return event.n <= last
    return event.n <= last + 1


def is_fresh(last: int, event: Heard) -> bool:
    """Whether this event says something that number `last` did not."""
    return event.n > last or isinstance(event, wire.Snapshot | wire.Heartbeat)


def understand(line: bytes, *, first: bool = False) -> Heard | OtherVersion:
    """One line of the stream. Raises BrokenAnswer where it is not an event at all."""
    try:
        if first and (other := _other_version(line)):
            return other
        return cast("Heard", _heard.decode(line))
    except msgspec.MsgspecError as strange:
        return _unknown_event(line, strange)


def _other_version(line: bytes) -> OtherVersion | None:
    greeting = _greeting.decode(line)
    if greeting.type != "snapshot":
        raise BrokenAnswer("The daemon's events do not start with a snapshot.")
    if greeting.api_version == wire.API_VERSION:
        return None
    return OtherVersion(greeting.version, greeting.api_version)


def _unknown_event(line: bytes, strange: Exception) -> Unknown:
    """Survives what a newer daemon says; a snapshot must be understood whole."""
    try:
        unknown = _unknown.decode(line)
    except msgspec.MsgspecError:
        raise BrokenAnswer("What the daemon sends is not readable.") from strange
    if unknown.type == "snapshot":
        raise BrokenAnswer("The daemon's snapshot is not readable by this version.") from strange
    return unknown


class Lines:
    """Puts lines together from pieces that may end anywhere."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0

    def __repr__(self) -> str:
        return f"Lines({self._size} bytes of a half one)"

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that this piece ends; empty ones are passed over."""
        *ended, tail = piece.split(b"\n")
        lines = []
        for end in ended:
            lines.append(b"".join([*self._rest, end]).strip())
            self._rest, self._size = [], 0
        self._rest.append(tail)
        self._size += len(tail)
        if self._size > _LINE_BYTES:
            raise BrokenAnswer("The daemon sent a line without an end.")
        return [line for line in lines if line]
