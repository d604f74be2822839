"""The end of a stream whose chunks came from a server of the same wire, and its identity.

Every event but the last ones goes through unread. At the end a usage chunk that
the caller did not ask for is held back, and the last chunk gets the `homeport`
field; no other byte is changed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.http.sse_raw import RawEvent, RawEventReader
from homeport.daemon.api.answer_marks import with_field

DONE = b"[DONE]"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def identity_of(data: bytes) -> dict[str, Any]:
    """`id`, `created`, `model` and the like, of the first chunk among these events."""
    for event in RawEventReader().feed(data):
        chunk = _object(event)
        if chunk:
            names = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
            return {name: chunk[name] for name in names if chunk.get(name) is not None}
    return {}


def closing(
    raw: bytes, homeport: dict[str, Any], usage: dict[str, Any] | None, *, with_usage: bool
) -> bytes:
    """The last events as the caller gets them; `usage` is told where none of them does."""
    events = [event for event in RawEventReader().feed(raw) if event.data != DONE]
    told = [_object(event) or {} for event in events]
    if not with_usage:
        kept = [event for event, chunk in zip(events, told, strict=True) if not _is_usage(chunk)]
    else:
        kept = events
    parts = [event.raw for event in kept]
    if with_usage and usage and not any(chunk.get("usage") for chunk in told):
        head = identity_of(raw)
        parts.append(b"data: " + _encode({**head, "choices": [], "usage": usage}) + b"\n\n")
    _mark_last(parts, homeport)
    return b"".join(parts) + b"data: " + DONE + b"\n\n"


def _mark_last(parts: list[bytes], homeport: dict[str, Any]) -> None:
    """Put the field before the last brace of the last event that has one."""
    for place in range(len(parts) - 1, -1, -1):
        if b"data:" in parts[place].rpartition(b"}")[0]:
            parts[place] = with_field(parts[place], homeport)
            return


def _is_usage(chunk: dict[str, Any]) -> bool:
    """Whether it was only sent for us: a usage and nothing else."""
    return bool(chunk.get("usage")) and not chunk.get("choices")


def _object(event: RawEvent) -> dict[str, Any] | None:
    try:
        found = _decode(event.data)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None
