"""The feed: formats the rows in sight, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.geometry import Region, Size
from textual.strip import Strip

from homeport.client.wire import RequestView
from homeport.tui.feed_lines import columns_for, row_line
from homeport.tui.palette import Cursor, Ground
from homeport.tui.state import is_running
from homeport.tui.widgets import Edged, strip_of
from homeport.tui.words import Line, line_width

if TYPE_CHECKING:
    from homeport.tui.house import HouseScreen

_MOST_PAINTED = 200


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


class Feed(Edged):
    """A list of decisions, newest last, as wide and as high as it is given."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._ascii = ascii_only
        self._sight = Sight()
        self._width = 0
        self._painted: dict[str, tuple[RequestView, tuple[object, ...], Strip]] = {}
        """Rows by id, with what they were painted of; most of them stay as they are."""

    def show(self, sight: Sight) -> None:
        """Shows this instead, with the cursor in sight."""
        before, self._sight = self._sight, sight
        self.virtual_size = Size(self.size.width, len(sight.rows))
        self._bring_into_sight(sight)
        if sight == before:
            return
        if before.page or sight.page or before.is_dim != sight.is_dim:
            self.refresh()
            return
        for y in range(self.size.height):
            index = self.row_at(y)
            if _looks(before, index) != _looks(sight, index):
                self.refresh_line(index)

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

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows in sight; how wide they are is dear to ask."""
        self._width = self.size.width
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row in sight."""
        index = self.row_at(y)
        sight = self._sight
        if index >= len(sight.rows):
            return self._page_line(y)
        request, chosen = sight.rows[index], index == sight.cursor
        now_ms = sight.now_ms if is_running(request) else 0
        look = (self._width, chosen, sight.is_dim, now_ms, Ground.style, Cursor.style)
        known = self._painted.get(request.id)
        if known and known[0] is request and known[1] == look:
            return known[2]
        if len(self._painted) > _MOST_PAINTED:
            self._painted.clear()
        strip = self._row_strip(request, now_ms, chosen=chosen)
        self._painted[request.id] = (request, look, strip)
        return strip

    def _row_strip(self, request: RequestView, now_ms: int, *, chosen: bool) -> Strip:
        width = self._width
        line = row_line(request, columns_for(width), now_ms, chosen=chosen)
        if self._sight.is_dim:
            line = [(text, "faint") for text, _ in line]
        base = Ground.style + Cursor.style if chosen else Ground.style
        return strip_of(line, width, base, ascii_only=self._ascii)

    def _page_line(self, y: int) -> Strip:
        """A row of the page, which stands in the middle."""
        page = self._sight.page
        width = self._width
        index = y - max(0, (self.size.height - len(page)) // 2)
        if not 0 <= index < len(page):
            return strip_of([], width, Ground.style)
        line = page[index]
        widest = max((line_width(row) for row in page), default=0)
        margin = (" " * max(1, (width - widest) // 2), "")
        return strip_of([margin, *line], width, Ground.style, ascii_only=self._ascii)


def _looks(sight: Sight, index: int) -> tuple[object, ...]:
    """All that the look of a row is made of; a change of scrolling has all of them painted."""
    if index >= len(sight.rows):
        return ()
    request = sight.rows[index]
    return request, index == sight.cursor, sight.now_ms if is_running(request) else 0
