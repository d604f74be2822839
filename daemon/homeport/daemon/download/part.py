"""The part of a file that is here already, and what must be known to go on with it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import msgspec

BLOCK = 1024 * 1024


class Origin(msgspec.Struct, frozen=True):
    """Which version of the file the part is of."""

    url: str = ""
    validator: str = ""
    """What `If-Range` takes: a strong entity tag, else the date of the last change."""
    stated_sha256: str = ""
    """The checksum that the publisher's own server told with it."""


class Part:
    """`NAME.part` beside the target, with `NAME.part.json` about where it is from."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._about = target.with_name(f"{target.name}.part.json")
        self.origin = self._read_origin()
        self._file: BinaryIO | None = None

    @property
    def size(self) -> int:
        """Bytes that are here."""
        if self._file is not None:
            return self._file.tell()
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def head(self, count: int) -> bytes:
        """Its first bytes."""
        self.close()
        with self.path.open("rb") as file:
            return file.read(count)

    def restart(self, origin: Origin) -> None:
        """Forget what is here; what follows is from `origin`."""
        self.close()
        self._file = self.path.open("wb")
        self.origin = origin
        self._about.write_bytes(msgspec.json.encode(origin))

    def append(self, data: bytes) -> None:
        """More of it."""
        if self._file is None:
            self._file = self.path.open("ab")
        self._file.write(data)

    def close(self) -> None:
        """What was appended is in the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """It is of no use."""
        self.close()
        self.origin = Origin()
        for path in (self.path, self._about):
            with contextlib.suppress(OSError):
                path.unlink()

    def sha256(self) -> str:
        """Of all that is here. Blocks for as long as reading takes."""
        self.close()
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def become_target(self) -> None:
        """It is whole: give it its name, durably and at once."""
        self.close()
        with self.path.open("rb" if os.name == "posix" else "rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)
        self.discard()

    def _read_origin(self) -> Origin:
        try:
            return msgspec.json.decode(self._about.read_bytes(), type=Origin)
        except (OSError, ValueError):
            return Origin()
