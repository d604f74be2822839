"""Lines with a cursor, below headings that stay while the lines scroll."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from homeport.tui.palette import Cursor, Ground
from homeport.tui.widgets import Page, strip_of
from homeport.tui.words import Line


class Listing(Page):
    """A page whose chosen line is kept in sight."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, ascii_only=ascii_only)
        self._head: Sequence[Line] = ()
        self._cursor = -1

    def show_list(self, head: Sequence[Line], lines: Sequence[Line], cursor: int) -> None:
        """Shows these instead; -1 is no cursor."""
        changed = (head, lines, cursor) != (self._head, self._lines, self._cursor)
        self._head, self._lines, self._cursor = head, lines, cursor
        self.virtual_size = Size(self.size.width, len(head) + len(lines))
        self._bring_into_sight()
        if changed:
            self.refresh()

    @property
    def page_rows(self) -> int:
        """Rows that a page-wise step takes."""
        return max(1, self.size.height - len(self._head) - 1)

    def _bring_into_sight(self) -> None:
        height = max(1, self.size.height - len(self._head))
        lowest = max(0, len(self._lines) - height)
        top = min(self.scroll_offset.y, lowest)
        if self._cursor >= 0:
            top = max(min(top, self._cursor), self._cursor - height + 1)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        """A heading, or one row in sight."""
        if y < len(self._head):
            return strip_of(self._head[y], self.size.width, Ground.style, ascii_only=self._ascii)
        index = y - len(self._head) + self.scroll_offset.y
        line = self._lines[index] if index < len(self._lines) else []
        base = Ground.style + Cursor.style if index == self._cursor else Ground.style
        return strip_of(line, self.size.width, base, ascii_only=self._ascii)
