"""Lines of JSON in a file: what ends a line, and what only looks as if it did."""

from __future__ import annotations

import json
from typing import Any

_LOOK_LIKE_ENDS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "\x85\u2028\u2029"}
"""They may stand in a JSON text as they are, and many readers take them for the end of a line."""


def lines_of(text: str) -> list[str]:
    """The lines of a text that was read from a file; only a line feed ends one."""
    return text.split("\n")


def json_line(value: Any) -> str:
    """A value as one line with its end, whoever reads it."""
    return json.dumps(value, ensure_ascii=False).translate(_LOOK_LIKE_ENDS) + "\n"
