"""Widgets that show lines of spans: as they are, or more of them than fit.

Each compares what it is told to show with what it shows, and asks to be painted
only where they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from homeport.tui.palette import ROLES, Ground
from homeport.tui.words import Line, clean, in_ascii


def strip_of(line: Line, width: int, base: Style, *, ascii_only: bool = False) -> Strip:
    """A line as Textual paints it, exactly `width` cells wide."""
    segments = [
        Segment(
            in_ascii(clean(text)) if ascii_only else clean(text), base + ROLES.get(role, ROLES[""])
        )
        for text, role in line
    ]
    return Strip(segments).adjust_cell_length(width, base)


def _shown(text: str, *, ascii_only: bool) -> str:
    """The last door: whatever came by here commands no terminal."""
    return in_ascii(clean(text)) if ascii_only else clean(text)


class LineView(Widget, can_focus=False):
    """A few lines, as they are."""

    def __init__(self, *, id: str, classes: str = "", ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._ascii = ascii_only
        self._lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Shows these lines instead."""
        if lines == self._lines:
            return
        resize = len(lines) != len(self._lines)
        self._lines = lines
        self.refresh(layout=resize)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual's signature
        """One row a line."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """One row."""
        line = self._lines[y] if y < len(self._lines) else []
        return strip_of(line, self.size.width, Ground.style, ascii_only=self._ascii)


def in_edge(text: str, *, ascii_only: bool) -> Content:
    """What stands in an edge, letter for letter: names and prompts may look like markup."""
    text = clean(text)
    return Content(in_ascii(text) if ascii_only else text)


class Edged(ScrollView, can_focus=False):
    """Lines within an edge, in whose lower side something is written."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes="edge")
        self._is_footing = False

    def foot(self, label: Content) -> None:
        """Writes into the lower edge, which alone is painted for it."""
        self._is_footing = True
        self.border_subtitle = label
        self._is_footing = False

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Asks to be painted; whole, where no regions are named."""
        if self._is_footing:
            width, height = self.size
            regions = (Region(-1, height, width + 2, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Page(Edged):
    """More lines than may fit; scrolled by the keys of its screen."""

    class Resized(Message):
        """Its lines, and how much of them is in sight, are to be looked at again."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._ascii = ascii_only
        self._lines: Sequence[Line] = ()
        self._told_size = Size(0, 0)
        self._is_at_end = False

    def show(self, lines: Sequence[Line]) -> None:
        """Shows these lines instead, at the same height of scrolling."""
        if lines == self._lines:
            return
        self._lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self._keep_end()
        self.refresh()

    def _keep_end(self) -> None:
        """Who reads its last line goes on to, whatever its size."""
        if self._is_at_end:
            self.go(len(self._lines))

    def on_resize(self) -> None:
        """Tells its screen, which alone knows what it shows; more lines are no other size."""
        if self._told_size != self.size:
            self._told_size = self.size
            self._keep_end()
            self.post_message(self.Resized())

    def go(self, by: int) -> None:
        """So many lines down."""
        most = max(0, len(self._lines) - self.size.height)
        y = max(0, min(most, self.scroll_offset.y + by))
        self._is_at_end = 0 < most == y
        self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def find(self, text: str) -> int:
        """The first line that is this text; -1 where none is."""
        said = ("".join(part for part, _ in line) for line in self._lines)
        return next((index for index, line in enumerate(said) if line == text), -1)

    @property
    def page_rows(self) -> int:
        """Rows that a page-wise step takes."""
        return max(1, self.size.height - 1)

    @property
    def reach(self) -> tuple[int, int]:
        """The last line in sight, and how many there are."""
        return min(len(self._lines), self.scroll_offset.y + self.size.height), len(self._lines)

    def render_line(self, y: int) -> Strip:
        """One row in sight."""
        index = y + self.scroll_offset.y
        line = self._lines[index] if index < len(self._lines) else []
        return strip_of(line, self.size.width, Ground.style, ascii_only=self._ascii)
