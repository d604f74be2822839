"""How deep a JSON text nests, bounded: what is decoded is later walked recursively."""

from __future__ import annotations

import re

MAX_DEPTH = 128

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_AS_ONE_KIND = bytes.maketrans(b"{}", b"[]")


def nests_deeper(text: bytes, limit: int) -> bool:
    """Whether valid JSON nests deeper than `limit` levels. Free where it has few brackets."""
    if text.count(b"{") + text.count(b"[") <= limit:
        return False
    brackets = _STRING.sub(b"", text).translate(_AS_ONE_KIND, _NOT_BRACKETS)
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)
