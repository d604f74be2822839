"""Pieces of text: cut and padded to a width, and the short forms that a row has room for.

A line is a list of (text, role); `palette` says what a role looks like. The
text says everything; a role never does.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from rich.cells import cell_len, chop_cells, set_cell_size

from homeport.client import units

_DOT = " · "

Span = tuple[str, str]
Line = list[Span]

_ASCII = str.maketrans("│─·●○…→▸█▓▒░—“”▁▂▃▄▅▆▇±", '|-|*o.>>##=.-""_.-=+*%~')


def clean(text: str) -> str:
    """Without what a terminal would obey: control characters, and marks that turn a line round."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)


def crop(text: str, width: int) -> str:
    """At most so wide; an ellipsis says that there was more."""
    text = clean(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def left(text: str, width: int) -> str:
    """Exactly so wide, text at the left."""
    return set_cell_size(crop(text, width), width)


def right(text: str, width: int) -> str:
    """Exactly so wide, text at the right."""
    text = crop(text, width)
    return " " * (width - cell_len(text)) + text


def line_width(line: Iterable[Span]) -> int:
    """Cells that a line takes."""
    return sum(cell_len(text) for text, _ in line)


def wrapped(text: str, width: int, role: str, indent: str = "") -> list[Line]:
    """A sentence as lines of at most this width, each behind the indent."""
    room = max(16, width - len(indent))
    rows = _between_dots(clean(text), room)
    parts = [part for row in rows for part in textwrap.wrap(row, room, break_on_hyphens=False)]
    if not text.isascii():  # which counts letters; wide ones take two cells
        parts = [piece for part in parts for piece in chop_cells(part, room)]
    return [[(indent + part, role)] for part in parts] or [[("", role)]]


def _between_dots(text: str, room: int) -> list[str]:
    """What stands between middle dots, none of it broken where it fits on a row."""
    if _DOT not in text or cell_len(text) <= room:
        return [text]
    rows: list[str] = []
    for item in text.split(_DOT):
        if rows and cell_len(rows[-1]) + len(_DOT) + cell_len(item) <= room:
            rows[-1] += _DOT + item
        else:
            rows.append(item)
    return rows


def wrapped_items(items: Iterable[str], width: int, role: str, indent: str = "") -> list[Line]:
    """Items with a gap between them, none of them broken where it fits on a line."""
    rows: list[str] = []
    for item in items:
        if rows and len(indent) + cell_len(rows[-1]) + 2 + cell_len(item) <= width:
            rows[-1] += f"  {item}"
        else:
            rows.append(item)
    return [line for row in rows for line in wrapped(row, width, role, indent)]


def in_ascii(text: str) -> str:
    """The same, cell for cell, in ASCII alone."""
    if text.isascii():
        return text
    return "".join(_ascii_cells(letter) for letter in text.translate(_ASCII))


def _ascii_cells(letter: str) -> str:
    if letter.isascii():
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return set_cell_size(plain or "?" * cell_len(letter), cell_len(letter))


def took(ms: int | None) -> str:
    """A duration in at most six cells: `412ms`, `1.9s`, `45s`, `2m05s`, `3h20m`; empty unknown."""
    if ms is None:
        return ""
    if ms < 1_000:
        return f"{max(0, ms)}ms"
    if ms < 9_950:
        return f"{ms / 1000:.1f}s"
    seconds = round(ms / 1000)
    if seconds < 100:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 100:
        return f"{minutes}m{seconds:02}s"
    return f"{minutes // 60}h{minutes % 60:02}m"


def running_for(ms: int) -> str:
    """A duration that still grows, in whole seconds."""
    return f"{max(0, ms) // 1000}s" if ms < 100_000 else took(ms)


def model_name(model: str) -> str:
    """`provider/name` without its provider, for where there is little room."""
    return model.partition("/")[2] or model


def minute(at_ms: int) -> str:
    """The local hour and minute."""
    return units.clock(at_ms)[:5]


def total(nano: int) -> str:
    """A sum of money, in cents: `$0.43`, `$2.00`, `<$0.01`."""
    cents = (nano + 5_000_000) // 10_000_000
    if nano and not cents:
        return "<$0.01"
    return f"${cents // 100}.{cents % 100:02}"


def count(number: int, noun: str) -> str:
    """`1 prompt`, `2 prompts`, `12,000 prompts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
