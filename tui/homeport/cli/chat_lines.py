"""What is typed into a chat, line by line: at a terminal, or from a file or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress

from homeport.cli.output import talk

_PROMPT = "> "
_MORE = "… "
_FIRST_MARK = "\ufeff"
"""Begins text files of Windows, and is no letter of them."""


def at_a_terminal() -> bool:
    """Whether somebody types."""
    return sys.stdin.isatty()


def typed_lines() -> Iterator[str]:
    """Each line that is not empty; one that ends in `\\` goes on in the next.

    At a terminal Ctrl-C drops the line, and leaves when it is pressed twice.
    """
    _survive_any_text()
    _edit_lines()
    started: list[str] = []
    interrupted = False
    while True:
        try:
            line = _line(_MORE if started else _PROMPT)
        except EOFError:
            break
        except KeyboardInterrupt:
            if interrupted or not at_a_terminal():
                raise
            talk("\nCtrl-D or /quit leaves; Ctrl-C once more does too.")
            started, interrupted = [], True
            continue
        interrupted = False
        if line.endswith("\\"):
            started.append(line[:-1])
            continue
        if whole := "\n".join([*started, line]).strip():
            yield whole
        started = []
    if at_a_terminal():
        talk("")
    if left := "\n".join(started).strip():
        yield left


def _line(prompt: str) -> str:
    """Without its end; raises EOFError."""
    if at_a_terminal() and sys.stdout.isatty():
        return input(prompt)
    if at_a_terminal():
        sys.stderr.write(prompt)
        sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.removeprefix(_FIRST_MARK).rstrip("\r\n")


def _edit_lines() -> None:
    """The arrow keys, where the system has them."""
    if at_a_terminal():
        with suppress(ImportError):
            import readline  # noqa: F401  # importing it is what it does


def _survive_any_text() -> None:
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
