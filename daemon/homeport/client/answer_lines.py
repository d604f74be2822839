"""The lines that a prompt is answered with, as typed values."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from homeport.client.errors import BrokenAnswer, DaemonError
from homeport.client.wire import AskDeferred, AskDone, AskEvent, AskFailed, AskStatus, AskText

UNFINISHED = "The daemon ended before the answer did. Look at: homeport logs -n 20"
GAP_S = 60.0
"""The daemon gives a sign of life every 10 s: six that are missing mean that it is gone."""

T = TypeVar("T")

_decode = msgspec.json.Decoder(AskEvent).decode
_KNOWN = frozenset({"status", "text", "done", "error", "deferred"})


class _Tagged(msgspec.Struct, frozen=True):
    type: str


def event_of(line: bytes) -> AskStatus | AskText | AskDone | None:
    """One line; None for a kind that nobody knows. Raises DaemonError, or BrokenAnswer."""
    try:
        event: AskEvent = _decode(line)
    except msgspec.MsgspecError as strange:
        if _kind(line) in _KNOWN:
            raise BrokenAnswer("The daemon's answer is not readable by this version.") from strange
        return None
    if isinstance(event, AskFailed):
        raise DaemonError.from_trouble(event.error, 200)
    if isinstance(event, AskDeferred):
        sentence = f"Kept as {event.item.id}: {event.sentence}"
        raise DaemonError(sentence, code="deferred", status=202, param=event.item.id)
    return event


def value_of(body: bytes, kind: type[T]) -> T:
    """A whole answer. Raises BrokenAnswer."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as strange:
        raise BrokenAnswer("The daemon's answer is not readable by this version.") from strange


def _kind(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Tagged).type
    except msgspec.MsgspecError as strange:
        raise BrokenAnswer("The daemon sent a line that is not JSON.") from strange
