"""What is known about keys, without any of their text: where kept, and tried or not.

A note belongs to one identity of a key: it counts only while the key it was
made for is still the one in use. Identities are random ids and file stamps,
never a hash or a part of the key. Those that say nothing about the key after a
restart (a variable, a command) are not kept beyond one.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import msgspec

from homeport.daemon.storage.files import write_whole

log = logging.getLogger(__name__)

Tried = Literal["valid", "refused"]
LASTING = ("kept:", "file:")


class Note(msgspec.Struct, frozen=True):
    """The outcome of one use of a key."""

    state: Tried
    at_ms: int
    identity: str


class Record(msgspec.Struct, frozen=True):
    """What is known about one provider's key."""

    kept: str = ""
    """Name of the keeper that has it; empty where none does."""
    id: str = ""
    """Random, given when it was kept."""
    note: Note | None = None


class KeyNotes:
    """The records by provider, on disk. Not for concurrent use: its owner locks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records = _read(path)

    def of(self, provider: str) -> Record:
        """What is known; an empty record where nothing is."""
        return self._records.get(provider, Record())

    def kept(self) -> list[str]:
        """Providers whose key a keeper has."""
        return [provider for provider, record in self._records.items() if record.kept]

    def put(self, provider: str, record: Record) -> None:
        """Know this from now on. A failure to write costs only the memory of it."""
        if record == Record():
            self._records.pop(provider, None)
        else:
            self._records[provider] = record
        self._write()

    def _write(self) -> None:
        lasting = {provider: _lasting(record) for provider, record in self._records.items()}
        text = msgspec.json.format(msgspec.json.encode(lasting)).decode()
        try:
            write_whole(self._path, text + "\n", mode=0o600)
        except OSError as refused:
            log.warning("what is known of keys cannot be written: %s", refused.strerror)


def _lasting(record: Record) -> Record:
    note = record.note
    if note is None or note.identity.startswith(LASTING):
        return record
    return Record(kept=record.kept, id=record.id)


def _read(path: Path) -> dict[str, Record]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Record])
    except (OSError, ValueError):
        return {}
