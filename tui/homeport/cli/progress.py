"""One passing line on a terminal's stderr, for as long as there is nothing to read."""

from __future__ import annotations

import os
import sys

from homeport.cli.output import safe


class Progress:
    """The line. On what is no terminal, or where nobody wants it, there is none."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._shown = False
        self._ended = False

    def show(self, sentence: str) -> None:
        """Replaces the line; once it has ended it would only tear the answer apart."""
        if not self._wanted or not sentence or self._ended:
            return
        sys.stderr.write(f"\r\x1b[K{safe(sentence)[: _columns()]}")
        sys.stderr.flush()
        self._shown = True

    def end(self) -> None:
        """Takes the line away for good."""
        self._ended = True
        self.clear()

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def _columns() -> int:
    """What fits into one line: a longer one could not be taken away."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns - 1
    except (OSError, ValueError):
        return 79
