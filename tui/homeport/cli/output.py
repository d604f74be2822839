"""What is printed: stdout is output, stderr is talk.

Everything that a model, a server or a file said passes through `safe` on its way
to a terminal, so that it cannot move the cursor, set the title or hide text.
Colour is decoration; the words are the same without it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from homeport.cli.json_lines import json_line
from homeport.client.records import plain

_GAP = "  "
_STYLES = {"dim": "2", "bold": "1"}

_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10)}
_HARMLESS: dict[int, int | None] = {
    **_PICTURES,
    13: None,
    127: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
}
"""Control codes become pictures of themselves; marks that reorder text go."""


def safe(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return text.translate(_HARMLESS)


def one_line(text: object) -> str:
    """The text of a table cell."""
    return " ".join(safe(str(text)).split())


def write(text: str) -> None:
    """One line, or several, of output."""
    sys.stdout.write(safe(text) + "\n")


def heading(text: str) -> None:
    """The title of what follows, after an empty line."""
    sys.stdout.write("\n" + styled(one_line(text), "bold") + "\n")


def write_answer(piece: str) -> None:
    """A piece of an answer, at once; bytes for a pipe are passed on as they are."""
    sys.stdout.write(safe(piece) if sys.stdout.isatty() else piece)
    sys.stdout.flush()


def end_broken_line(shown: str) -> None:
    """Ends the line of an answer that broke off; on a terminal talk would go on in it."""
    if shown and not shown.endswith("\n") and sys.stdout.isatty():
        sys.stdout.write("\n")
        sys.stdout.flush()


def json_text(value: Any) -> str:
    """A record, plain values or JSON bytes, as one readable JSON document."""
    if isinstance(value, bytes):
        value = json.loads(value)
    return json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n"


def write_json(value: Any) -> None:
    """Prints one JSON document."""
    sys.stdout.write(json_text(value))


def write_json_line(value: Any) -> None:
    """Prints one JSON document as one line, at once."""
    if isinstance(value, bytes):
        value = json.loads(value)
    sys.stdout.write(json_line(plain(value)))
    sys.stdout.flush()


def talk(sentence: str) -> None:
    """One sentence to the person, beside the output."""
    sys.stderr.write(safe(sentence) + "\n")
    sys.stderr.flush()


def styled(text: str, style: str) -> str:
    """Text with a style for stdout, where it is a terminal that wants one."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if _wants_colour() else text


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], right: str = "") -> None:
    """Prints aligned columns; the letters of `right` say which, `r` or `l`, in their order.

    The last column is cut where the terminal ends.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    sides = right.ljust(len(widths), "l")
    sys.stdout.write(styled(_aligned(list(headings), widths, sides), "dim") + "\n")
    for row in cells:
        sys.stdout.write(_aligned(row, widths, sides) + "\n")


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Prints names and values, the values aligned; an empty value is left out."""
    listed = [(name, one_line(value)) for name, value in rows if one_line(value)]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        line = cut(name.ljust(width) + _GAP + value)
        sys.stdout.write(styled(line[:width], "dim") + line[width:] + "\n")


def cut(line: str) -> str:
    """The line, no longer than the terminal is wide."""
    width = terminal_width()
    return line if not width or len(line) <= width else line[: width - 1] + "…"


def terminal_width() -> int:
    """Columns of the terminal on stdout; 0 where it is not one."""
    if not sys.stdout.isatty():
        return 0
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 0


def _aligned(cells: list[str], widths: list[int], sides: str) -> str:
    padded = [
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(cells, widths, sides, strict=True)
    ]
    return cut(_GAP.join(padded).rstrip())


def _wants_colour() -> bool:
    plain_wanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain_wanted
