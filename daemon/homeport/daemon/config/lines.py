"""Where in a TOML text a key was set, for errors that name the line.

`tomllib` gives values without positions. A key, once set, stays set in every
longer prefix of the file that still parses, so the line is found by bisection
over prefixes; no second TOML parser is needed, and every spelling of a key
(dotted, quoted, in an inline table) is found.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

Key = Sequence[str | int]
"""Names of tables and keys, and indexes into arrays of tables."""


class Positions:
    """The lines of one text, and what was already learned about its prefixes."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._prefixes: dict[int, dict[str, Any] | None] = {}

    def line(self, key: Key) -> int:
        """Line (from 1) on which the statement that sets `key` starts; 1 where none does."""
        unset, is_set = 0, len(self._lines)
        if not _holds(self._prefix(is_set), key):
            return 1
        while is_set - unset > 1:
            middle = self._whole_between(unset, is_set)
            if middle is None:
                break
            if _holds(self._prefix(middle), key):
                is_set = middle
            else:
                unset = middle
        return unset + 1

    def _whole_between(self, low: int, high: int) -> int | None:
        """Length of a prefix that parses, between the two and near their middle."""
        middle = (low + high) // 2
        nearest_first: list[int] = [*range(middle, low, -1), *range(middle + 1, high)]
        for count in nearest_first:
            if self._prefix(count) is not None:
                return count
        return None

    def _prefix(self, count: int) -> dict[str, Any] | None:
        if count not in self._prefixes:
            try:
                parsed = tomllib.loads("\n".join(self._lines[:count]) + "\n")
            except (ValueError, RecursionError):
                parsed = None
            self._prefixes[count] = parsed
        return self._prefixes[count]


def _holds(value: Any, key: Key) -> bool:
    for part in key:
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                return False
        elif not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return value is not None
