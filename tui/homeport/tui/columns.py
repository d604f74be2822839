"""Answers side by side on the screen; they scroll together below heads that stay."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from homeport.tui.bout import Bout, Side
from homeport.tui.palette import Ground
from homeport.tui.side_rows import GAP, HEAD_ROWS, SideRows, fitting
from homeport.tui.widgets import Page, strip_of
from homeport.tui.words import Line


class Columns(Page):
    """As many columns as fit, the chosen one among them."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, ascii_only=ascii_only)
        self._rows: dict[Side, SideRows] = {}
        self._shown: list[SideRows] = []
        self._page: Sequence[Line] = ()

    def on_resize(self) -> None:
        """Every column depends on the width."""

    def show_sides(
        self, bout: Bout, chosen: Side | None, page: Sequence[Line], now_ms: int
    ) -> tuple[int, int]:
        """Shows these, or a page where there are none; gives the first and last that is seen."""
        sides, self._page = bout.sides, page
        many = fitting(len(sides), self.size.width) if sides else 0
        at = sides.index(chosen) if chosen in sides else 0
        first = min(max(0, at - many + 1), max(0, len(sides) - many))
        width = (self.size.width - len(GAP) * (many - 1)) // many if many else 0
        kept = {side: self._kept(side, width) for side in sides}
        for number, (side, rows) in enumerate(kept.items(), 1):
            rows.read(bout, number, now_ms, chosen=side is chosen)
        self._rows = kept
        self._shown = list(kept.values())[first : first + many]
        height = HEAD_ROWS + max((len(rows) for rows in self._shown), default=0)
        self.virtual_size = Size(self.size.width, height if sides else len(page))
        self.go(0)
        self.refresh()
        return first + 1, first + many

    def _kept(self, side: Side, width: int) -> SideRows:
        rows = self._rows.get(side)
        return rows if rows and rows.width == width else SideRows(side, width)

    def go(self, by: int) -> None:
        """So many rows down."""
        most = max(0, self.virtual_size.height - self.size.height)
        y = max(0, min(most, self.scroll_offset.y + by))
        if y != self.scroll_offset.y:
            self.scroll_to(y=y, animate=False, force=True, immediate=True)

    @property
    def page_rows(self) -> int:
        """Rows that a page-wise step takes."""
        return max(1, self.size.height - HEAD_ROWS - 1)

    @property
    def reach(self) -> tuple[int, int]:
        """The last row in sight, and how many there are."""
        rows = self.virtual_size.height
        return min(rows, self.scroll_offset.y + self.size.height), rows

    def side_at(self, x: int) -> Side | None:
        """Whose column is painted there."""
        if not self._shown:
            return None
        index = x // (self._shown[0].width + len(GAP))
        return self._shown[min(index, len(self._shown) - 1)].side

    def render_line(self, y: int) -> Strip:
        """One row of every column."""
        line: Line = []
        for rows in self._shown:
            line += [(GAP, "faint")] if line else []
            line += (
                rows.head[y] if y < HEAD_ROWS else rows.row(y - HEAD_ROWS + self.scroll_offset.y)
            )
        if not self._shown and y < len(self._page):
            line = list(self._page[y])
        return strip_of(line, self.size.width, Ground.style, ascii_only=self._ascii)
