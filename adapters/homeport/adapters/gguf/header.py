"""Reading the header of a GGUF file: metadata, tensors, and whether the file is whole.

Reads no more than it must, trusts nothing, and ends in one of two ways: a
`Header`, or a `GGUFError` whose text is a sentence for a person. Long lists are
counted, not kept.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)

MAX_HEADER_BYTES = 128 * 1024 * 1024
MAX_ENTRIES = 65_536
MAX_TENSORS = 65_536
MAX_KEY_BYTES = 65_535
MAX_KEPT_BYTES = 4 * 1024 * 1024
"""Longest string kept; chat templates are far shorter."""
MAX_LIST_STRINGS = 4_000_000
MAX_KEPT_LIST = 4096
"""Longest list of numbers kept (per-layer values)."""
MAX_NESTING = 4
MAX_DIMENSIONS = 8
MAX_WEIGHTS = 2**50
DEFAULT_ALIGNMENT = 32
READ_AHEAD = 1024 * 1024

NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
STRING_TYPE = 8
LIST_TYPE = 9

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
"""Per tensor type: weights in a block, and bytes of a block."""


class GGUFError(Exception):
    """The file is not a usable GGUF; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class LongList:
    """A list that was counted and not kept."""

    count: int


Value = int | float | bool | str | LongList | tuple[int | float | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the head of one GGUF file says."""

    version: int
    metadata: Mapping[str, Value]
    tensors: int
    parameters: int
    """Weights in this file, all tensors together."""
    file_bytes: int

    def text(self, key: str) -> str:
        """A string, or empty where there is none."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """A whole number; of a list of them the largest; None where there is none."""
        value = self.metadata.get(key)
        if isinstance(value, tuple):
            whole = [one for one in value if isinstance(one, int)]
            return max(whole, default=None)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def count(self, key: str) -> int | None:
        """How long a list is; None where there is none."""
        value = self.metadata.get(key)
        if isinstance(value, LongList):
            return value.count
        return len(value) if isinstance(value, tuple) else None


def read_header(path: str | os.PathLike[str]) -> Header:
    """The header of a file, checked against the file's size; raises `GGUFError`."""
    try:
        with open(path, "rb") as file:
            return parse_header(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise GGUFError(f"The file cannot be read: {error.strerror or error}.") from None


def parse_header(file: BinaryIO, file_bytes: int) -> Header:
    """The header of an open file of that many bytes; raises `GGUFError`."""
    cursor = _Cursor(file, file_bytes)
    magic = cursor.take(4)
    if magic != MAGIC:
        raise GGUFError("This is not a GGUF file; remove it, or fetch the model again.")
    version = _version(cursor)
    tensor_count, entry_count = cursor.number("Q"), cursor.number("Q")
    if tensor_count > MAX_TENSORS or entry_count > MAX_ENTRIES:
        raise GGUFError("The file's head is corrupt (impossible counts); fetch the model again.")
    metadata = dict(_entry(cursor) for _ in range(int(entry_count)))
    tensors = [_tensor(cursor) for _ in range(int(tensor_count))]
    _check_extent(tensors, cursor.position, _alignment(metadata), file_bytes)
    return Header(
        version=version,
        metadata=metadata,
        tensors=len(tensors),
        parameters=sum(tensor.weights for tensor in tensors),
        file_bytes=file_bytes,
    )


def _version(cursor: _Cursor) -> int:
    version = int(cursor.number("I"))
    swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in VERSIONS and swapped in VERSIONS:
        raise GGUFError("This GGUF is for big-endian machines; fetch the usual one.")
    if version not in VERSIONS:
        raise GGUFError(f"This GGUF has version {version}; versions 2 and 3 can be read.")
    return version


def _entry(cursor: _Cursor) -> tuple[str, Value]:
    key = cursor.string(MAX_KEY_BYTES)
    return key, _value(cursor, int(cursor.number("I")))


def _value(cursor: _Cursor, kind: int) -> Value:
    if kind == STRING_TYPE:
        return cursor.string(MAX_KEPT_BYTES)
    if kind == LIST_TYPE:
        return _list(cursor, 1)
    if kind in NUMBERS:
        return cursor.number(NUMBERS[kind])
    raise GGUFError("The file's head is corrupt (unknown kind of value); fetch the model again.")


def _list(cursor: _Cursor, depth: int) -> Value:
    kind, count = int(cursor.number("I")), int(cursor.number("Q"))
    if kind in NUMBERS:
        return _numbers(cursor, NUMBERS[kind], count)
    if kind == STRING_TYPE:
        cursor.skip_strings(count)
    elif kind == LIST_TYPE and depth < MAX_NESTING and count <= MAX_KEPT_LIST:
        for _ in range(count):
            _list(cursor, depth + 1)
    else:
        raise GGUFError("The file's head is corrupt (impossible list); fetch the model again.")
    return LongList(count)


def _numbers(cursor: _Cursor, code: str, count: int) -> Value:
    width = struct.calcsize("<" + code)
    if count > MAX_KEPT_LIST:
        cursor.skip(width * count)
        return LongList(count)
    return struct.unpack(f"<{count}{code}", cursor.take(width * count))


@dataclass(frozen=True, slots=True)
class _Tensor:
    weights: int
    offset: int
    bytes: int | None
    """None for a type that is not known here."""


def _tensor(cursor: _Cursor) -> _Tensor:
    cursor.string(MAX_KEY_BYTES)
    dimensions = int(cursor.number("I"))
    if dimensions > MAX_DIMENSIONS:
        raise GGUFError("The file's head is corrupt (impossible tensor); fetch the model again.")
    shape = struct.unpack(f"<{dimensions}Q", cursor.take(8 * dimensions))
    kind, offset = int(cursor.number("I")), int(cursor.number("Q"))
    weights = math.prod(shape)
    if weights > MAX_WEIGHTS or offset > MAX_WEIGHTS:
        raise GGUFError("The file's head is corrupt (impossible tensor); fetch the model again.")
    if kind not in BLOCKS:
        return _Tensor(weights, offset, None)
    per_block, block_bytes = BLOCKS[kind]
    return _Tensor(weights, offset, -(-weights // per_block) * block_bytes)


def _alignment(metadata: Mapping[str, Value]) -> int:
    alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment <= READ_AHEAD:
        raise GGUFError("The file's head is corrupt (impossible alignment); fetch the model again.")
    return alignment


def _check_extent(tensors: list[_Tensor], head: int, alignment: int, file_bytes: int) -> None:
    start = -(-head // alignment) * alignment
    needed = max((start + t.offset + (t.bytes or 0) for t in tensors), default=0)
    if needed > file_bytes:
        missing = (needed - file_bytes) / 1e6
        raise GGUFError(
            f"The file is cut short: {missing:,.1f} MB of {needed / 1e6:,.1f} MB are missing; "
            "fetch the model again."
        )


class _Cursor:
    """Reads a file forwards, a stretch at a time."""

    def __init__(self, file: BinaryIO, file_bytes: int) -> None:
        self._file = file
        self._limit = min(file_bytes, MAX_HEADER_BYTES)
        self._file_bytes = file_bytes
        self._data = b""
        self._at = 0
        self._base = 0
        self._list_strings = 0

    @property
    def position(self) -> int:
        """How far into the file it is."""
        return self._base + self._at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        self._need(count)
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, code: str) -> int | float | bool:
        """The next number, by its `struct` code."""
        width = struct.calcsize("<" + code)
        self._need(width)
        (value,) = struct.unpack_from("<" + code, self._data, self._at)
        self._at += width
        return value  # type: ignore[no-any-return]

    def string(self, longest: int) -> str:
        """The next string."""
        length = int(self.number("Q"))
        if length > longest:
            raise GGUFError("The file's head is corrupt (impossible text); fetch the model again.")
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Step over a list of strings."""
        self._list_strings += count
        if self._list_strings > MAX_LIST_STRINGS:
            raise GGUFError("The file's head is corrupt (impossible list); fetch the model again.")
        for _ in range(count):
            if len(self._data) - self._at < 8:
                self._need(8)
            length = int.from_bytes(self._data[self._at : self._at + 8], "little")
            self._at += 8
            if length <= len(self._data) - self._at:
                self._at += length
            else:
                self.skip(length)

    def skip(self, count: int) -> None:
        """Step over bytes without keeping them."""
        target = self.position + count
        if target > self._limit:
            raise self._too_short(target)
        if count <= len(self._data) - self._at:
            self._at += count
            return
        self._file.seek(target)
        self._data, self._at, self._base = b"", 0, target

    def _need(self, count: int) -> None:
        if len(self._data) - self._at >= count:
            return
        if self.position + count > self._limit:
            raise self._too_short(self.position + count)
        rest = self._data[self._at :]
        self._base += self._at
        self._data = rest + self._file.read(max(READ_AHEAD, count - len(rest)))
        self._at = 0
        if len(self._data) < count:
            raise self._too_short(self._base + count)

    def _too_short(self, target: int) -> GGUFError:
        if target <= self._file_bytes:
            return GGUFError("The file's head is corrupt (far too long); fetch the model again.")
        return GGUFError("The file is cut short within its head; fetch the model again.")
