"""How one moves through the body of a screen: by keys and by the wheel."""

from __future__ import annotations

from textual.events import MouseScrollDown, MouseScrollUp

from homeport.tui.widgets import Page

_WHEEL_ROWS = 3


class Moving:
    """Keys move; what a step does is for the screen to say."""

    @property
    def body(self) -> Page:
        """What is moved through."""
        raise NotImplementedError

    def go(self, by: int) -> None:
        """So many rows down."""
        raise NotImplementedError

    def action_down(self) -> None:
        """One row down."""
        self.go(1)

    def action_up(self) -> None:
        """One row up."""
        self.go(-1)

    def action_page_down(self) -> None:
        """One page down."""
        self.go(self.body.page_rows)

    def action_page_up(self) -> None:
        """One page up."""
        self.go(-self.body.page_rows)

    def action_first(self) -> None:
        """To the first row."""
        self.go(-self.body.reach[1])

    def action_last(self) -> None:
        """To the last row."""
        self.go(self.body.reach[1])


class Scrolling(Moving):
    """So does the wheel."""

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        """The wheel scrolls."""
        self.go(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        """The wheel scrolls."""
        self.go(-_WHEEL_ROWS)
