"""A screen below which a line can be typed, in the place of its footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeport.tui.house import HouseScreen

if TYPE_CHECKING:
    from homeport.tui.typed_line import TypedLine


class LineBelow(HouseScreen, inherit_bindings=False):
    """Opens the line and takes it away; while it is there letters are written."""

    line_below: TypedLine | None = None

    @property
    def is_writing(self) -> bool:
        """Whether letters are written."""
        return self.line_below is not None

    def open_line(self, line: TypedLine) -> None:
        """Puts it where the footer stands."""
        self.close_line()
        self.line_below = line
        self.add_class("typing")
        self.mount(line, before=self.keys)
        self.paint()

    def open_filter(self, text: str, hint: str) -> None:
        """Opens the line in which a filter is typed."""
        from homeport.tui.filter_line import FilterLine  # when it is wanted first

        self.open_line(FilterLine(text, hint))

    def close_line(self) -> None:
        """Gives the footer its place back."""
        if self.line_below:
            self.line_below.remove()
        self.line_below = None
        self.remove_class("typing")
        self.paint()
