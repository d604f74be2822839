"""Reads the plain part of YAML that API descriptions are written in.

Mappings and lists by indentation, `[a, b]` in a line, quoted and bare scalars,
and blocks of text after `|`. No anchors, no tags, no flow mappings but `{}`.
"""

from __future__ import annotations

import json
import re
from typing import Any

Line = tuple[int, str]
_KEY = re.compile(r"""("[^"]*"|'[^']*'|[^\s"'#\[{][^:]*?):(?:\s+(.*))?$""")


def read(text: str) -> Any:
    """The value of a document."""
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    value, rest = _block(lines, 0)
    assert rest == len(lines), lines[rest]
    return value


def _block(lines: list[Line], at: int) -> tuple[Any, int]:
    indent, first = lines[at]
    return (_list if _is_item(first) else _mapping)(lines, at, indent)


def _is_item(content: str) -> bool:
    return content == "-" or content.startswith("- ")


def _list(lines: list[Line], at: int, indent: int) -> tuple[Any, int]:
    items = []
    while at < len(lines) and lines[at][0] == indent and _is_item(lines[at][1]):
        content = lines[at][1][1:]
        inner = content.strip()
        if not inner:
            item, at = _block(lines, at + 1)
        elif _KEY.match(inner):
            # The first key of a mapping stands behind the dash.
            lines[at] = (indent + 1 + len(content) - len(content.lstrip()), inner)
            item, at = _block(lines, at)
        else:
            item, at = _flow(lines, at + 1, inner)
        items.append(item)
    return items, at


def _mapping(lines: list[Line], at: int, indent: int) -> tuple[Any, int]:
    found: dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent and not _is_item(lines[at][1]):
        match = _KEY.match(lines[at][1])
        assert match, lines[at]
        key, rest = match[1].strip("\"'"), (match[2] or "").strip()
        at += 1
        if rest in ("|", "|-", ">", ">-"):
            start = at
            while at < len(lines) and lines[at][0] > indent:
                at += 1
            found[key] = "\n".join(content for _, content in lines[start:at])
        elif rest:
            found[key], at = _flow(lines, at, rest)
        elif at < len(lines) and _opens(lines[at], indent):
            found[key], at = _block(lines, at)
        else:
            found[key] = None
    return found, at


def _flow(lines: list[Line], at: int, text: str) -> tuple[Any, int]:
    """A value that begins in a line, and may end in a later one."""
    while text.startswith(("[", "{")) and _is_open(text):
        text, at = f"{text} {lines[at][1]}", at + 1
    return _scalar(text), at


def _is_open(text: str) -> bool:
    return any(text.count(opening) > text.count(closing) for opening, closing in ("[]", "{}"))


def _opens(line: Line, indent: int) -> bool:
    """Whether a line belongs to the key before it; items may stand at its own indentation."""
    return line[0] > indent or (line[0] == indent and _is_item(line[1]))


def _scalar(text: str) -> Any:
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        return text
