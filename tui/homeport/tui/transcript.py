"""A conversation on the screen: formats the rows in sight, and follows the newest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from textual.geometry import Size
from textual.strip import Strip

from homeport.tui.palette import Ground
from homeport.tui.round import Round
from homeport.tui.round_lines import RoundRows
from homeport.tui.widgets import Page, strip_of
from homeport.tui.words import Line


class Transcript(Page):
    """Rounds below each other; the last row stays in sight until somebody scrolls."""

    def __init__(self, *, id: str, ascii_only: bool = False) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, ascii_only=ascii_only)
        self._rows: dict[Round, RoundRows] = {}
        self._starts: list[int] = [0]
        self._head: Sequence[Line] = ()
        self._chosen: Round | None = None
        self.follows = True

    def on_resize(self) -> None:
        """Every row depends on the width."""
        self._rows.clear()

    def show_rounds(
        self, rounds: Sequence[Round], head: Sequence[Line], chosen: Round | None, now_ms: int
    ) -> None:
        """Shows these, below a head."""
        kept: dict[Round, RoundRows] = {}
        before: Round | None = None
        for said in rounds:
            rows = self._rows.get(said)
            if rows is None:
                again = before is not None and before.is_replaced and before.prompt == said.prompt
                rows = RoundRows(said, self.size.width, again=again)
            rows.read(now_ms)
            kept[said] = rows
            before = said
        self._rows, self._head, self._chosen = kept, head, chosen
        heights = (rows.height for rows in kept.values())
        self._starts = list(accumulate(heights, initial=len(head)))
        self.virtual_size = Size(self.size.width, self._starts[-1])
        if self.follows:
            self.go(self._starts[-1])
        self.refresh()

    def go(self, by: int) -> None:
        """So many rows down; the last row is followed from then on."""
        most = max(0, self._starts[-1] - self.size.height)
        y = max(0, min(most, self.scroll_offset.y + by))
        self.follows = y == most
        if y != self.scroll_offset.y:
            self.scroll_to(y=y, animate=False, force=True, immediate=True)

    def bring(self, said: Round) -> None:
        """Scrolls to where an answer begins, where it is not in sight."""
        start = self._starts[list(self._rows).index(said)]
        if not 0 <= start - self.scroll_offset.y < self.size.height - 1:
            self.go(start - self.scroll_offset.y)

    def round_at(self, y: int) -> Round | None:
        """Whose row is painted at this height."""
        index = bisect_right(self._starts, y + self.scroll_offset.y) - 1
        return list(self._rows)[index] if 0 <= index < len(self._rows) else None

    @property
    def reach(self) -> tuple[int, int]:
        """The last row in sight, and how many there are."""
        return min(self._starts[-1], self.scroll_offset.y + self.size.height), self._starts[-1]

    def render_line(self, y: int) -> Strip:
        """One row in sight."""
        line = self._line(y + self.scroll_offset.y)
        return strip_of(line, self.size.width, Ground.style, ascii_only=self._ascii)

    def _line(self, y: int) -> Line:
        if y < len(self._head):
            return self._head[y]
        index = bisect_right(self._starts, y) - 1
        if index >= len(self._rows):
            return []
        said, rows = list(self._rows.items())[index]
        return rows.row(y - self._starts[index], chosen=said is self._chosen)
