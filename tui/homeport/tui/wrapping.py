"""Text that grows, broken into lines of a width: each new piece costs what it is long.

Breaking is greedy, so that a line that was followed by another never changes;
only the last one is open. A line has at most as many letters as cells, so that
marks without a width cannot pile up on one.
"""

from __future__ import annotations

from rich.cells import cell_len

from homeport.tui.words import Span, clean

_TAB = "    "
_FENCE = "```"
_HEAD = 12


class Wrapped:
    """Lines of one width, fed in pieces that may end anywhere."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self._done: list[Span] = []
        self._open = ""
        """What is not broken yet; lies behind the last whole line."""
        self._head = ""
        """How the open paragraph begins."""
        self._is_whole = True
        """Whether no line of the open paragraph was broken off yet."""
        self._in_code = False

    def __repr__(self) -> str:
        return f"Wrapped({len(self)} lines of {self.width})"

    def __len__(self) -> int:
        return len(self._done) + bool(self._open)

    def __getitem__(self, index: int) -> Span:
        if index < len(self._done):
            return self._done[index]
        return self._open, self._role()

    def feed(self, text: str) -> None:
        """More of the text."""
        *ended, last = (self._open + text).split("\n")
        for paragraph in ended:
            self._break(_plain(paragraph))
            self._done.append((self._open, self._role()))
            if self._head.lstrip().startswith(_FENCE):
                self._in_code = not self._in_code
            self._open, self._is_whole = "", True
        self._break(_plain(last))

    def _break(self, text: str) -> None:
        """Moves whole lines out of the text; what may still grow stays open."""
        if self._is_whole:
            self._head = text[:_HEAD]
        start = 0
        while (end := self._end(text, start)) < len(text):
            self._done.append((text[start:end], self._role()))
            self._is_whole = False
            start = end + (text[end] == " ")
        self._open = text[start:]

    def _end(self, text: str, start: int) -> int:
        """Where the line that starts there ends: before a space, or where it is full."""
        full = start + self.width
        piece = text[start:full]
        if not piece.isascii():
            while cell_len(piece) > self.width and len(piece) > 1:
                piece = piece[: -max(1, (cell_len(piece) - self.width) // 2)]
            full = start + len(piece)
        if full >= len(text):
            return len(text)
        space = text.rfind(" ", start, full + 1)
        return space if text[start:space].strip() and space > start else full

    def _role(self) -> str:
        if self._head.lstrip().startswith(_FENCE):
            return "muted"
        if self._in_code:
            return "code"
        return "strong" if self._head.startswith("#") else ""


def _plain(text: str) -> str:
    return clean(text.replace("\t", _TAB)) if not text.isprintable() else text
