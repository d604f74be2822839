"""The feed: formats the rows in sight, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from homeport.client.wire import RequestView
from homeport.tui.feed_lines import columns_for, row_line
from homeport.tui.palette import Cursor
from homeport.tui.widgets import strip_of
from homeport.tui.words import Line, line_width

if TYPE_CHECKING:
    from homeport.tui.house import HouseScreen


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the feed needs to paint itself."""

    rows: Sequence[RequestView] = ()
    cursor: int = -1
    now_ms: int = 0
    """Matters only while a row runs."""
    is_dim: bool = False
    """The picture is not of this moment."""
    page: Sequence[Line] = ()
    """Shown in the middle instead of rows."""


class Feed(ScrollView, can_focus=False):
    """A list of decisions, newest last, as wide and as high as it is given."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes="edge")
        self._ascii = ascii_only
        self._sight = Sight()

    def show(self, sight: Sight) -> None:
        """Shows this instead, with the cursor in sight."""
        self.virtual_size = Size(self.size.width, len(sight.rows))
        self._bring_into_sight(sight)
        if sight != self._sight:
            self._sight = sight
            self.refresh()

    def on_resize(self) -> None:
        """The page and the position depend on the size: has them made again."""
        self.call_after_refresh(cast("HouseScreen", self.screen).paint)

    @property
    def page_rows(self) -> int:
        """Rows that a page-wise step takes."""
        return max(1, self.size.height - 1)

    def row_at(self, y: int) -> int:
        """The index of the row that is painted at this height."""
        return y + self.scroll_offset.y

    def _bring_into_sight(self, sight: Sight) -> None:
        height = max(1, self.size.height)
        lowest = max(0, len(sight.rows) - height)
        top = min(self.scroll_offset.y, lowest, max(0, sight.cursor))
        top = max(top, sight.cursor - height + 1)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        """One row in sight."""
        index = self.row_at(y)
        sight = self._sight
        if index >= len(sight.rows):
            return self._page_line(y)
        chosen = index == sight.cursor
        width = self.size.width
        line = row_line(sight.rows[index], columns_for(width), sight.now_ms, chosen=chosen)
        if sight.is_dim:
            line = [(text, "faint") for text, _ in line]
        base = self.rich_style + Cursor.style if chosen else self.rich_style
        return strip_of(line, width, base, ascii_only=self._ascii)

    def _page_line(self, y: int) -> Strip:
        """A row of the page, which stands in the middle."""
        page = self._sight.page
        width = self.size.width
        index = y - max(0, (self.size.height - len(page)) // 2)
        line = list(page[index]) if 0 <= index < len(page) else []
        widest = max((line_width(row) for row in page), default=0)
        margin = (" " * max(1, (width - widest) // 2), "")
        return strip_of([margin, *line], width, self.rich_style, ascii_only=self._ascii)
