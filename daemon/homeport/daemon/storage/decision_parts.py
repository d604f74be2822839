"""What many stored decisions share, such as model cards: each kept once, under its digest.

A part is written with the first decision that holds it, and marked as in use every
hour that it is; it is forgotten when the last decision that may hold it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

MARKED_MS = 3_600_000
"""A part in use is marked so often."""
KNOWN = 512
"""Values whose digest is remembered."""
MARKED = 8192
"""Parts of which it is remembered that they are on disk."""

Row = tuple[str, int, bytearray]
"""Digest, when it was last in use (Unix milliseconds), and the value as JSON, packed."""

_INSERT = """
INSERT INTO part (digest, last_ms, body) VALUES (?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)
"""


class Parts:
    """Owns what is known of the parts on disk."""

    def __init__(self) -> None:
        self._digests: dict[int, tuple[object, str]] = {}
        """By the identity of a value, which it keeps alive."""
        self._marked: dict[str, int] = {}
        """When each was last marked on disk."""
        self._unmarked: dict[str, Row] = {}

    def __repr__(self) -> str:
        return f"Parts({len(self._marked)} on disk, {len(self._unmarked)} to write)"

    def digest(self, value: object, at_ms: int) -> str:
        """What stands for a value in a decision of that moment."""
        known = self._digests.get(id(value))
        digest = known[1] if known else self._learn(value)
        marked = self._marked.get(digest)
        if marked is None or at_ms - marked > MARKED_MS:
            self._unmarked[digest] = (digest, at_ms, bytearray(zlib.compress(body_of(value))))
        return digest

    def to_write(self) -> list[Row]:
        """What has to be on disk with the decisions since the last call."""
        rows, self._unmarked = [*self._unmarked.values()], {}
        return rows

    def written(self, rows: Iterable[Row]) -> None:
        """They are on disk."""
        if len(self._marked) >= MARKED:
            self._marked.clear()
        for digest, at_ms, _ in rows:
            self._marked[digest] = max(at_ms, self._marked.get(digest, at_ms))

    def forget(self) -> None:
        """Some on disk may be gone: each is written anew at its next use."""
        self._marked.clear()

    def _learn(self, value: object) -> str:
        if len(self._digests) >= KNOWN:
            self._digests.clear()
        digest = hashlib.blake2b(body_of(value), digest_size=16).hexdigest()
        self._digests[id(value)] = (value, digest)
        return digest


def body_of(value: object) -> bytes:
    """A part as JSON."""
    return msgspec.json.encode(value)


def insert(db: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write parts down, or mark those that are there."""
    db.executemany(_INSERT, rows)


def find(db: sqlite3.Connection, digests: Iterable[str]) -> dict[str, Any]:
    """The parts of these digests that are there and can be read, as plain values."""
    found = {}
    for digest in digests:
        row = db.execute("SELECT body FROM part WHERE digest = ?", (digest,)).fetchone()
        with contextlib.suppress(zlib.error, msgspec.MsgspecError, UnicodeDecodeError):
            found[digest] = msgspec.json.decode(zlib.decompress(row[0] if row else b""))
    return found


def forget(db: sqlite3.Connection, before_ms: int) -> None:
    """Drop the parts of decisions that are all older."""
    db.execute("DELETE FROM part WHERE last_ms < ?", (before_ms - MARKED_MS,))
