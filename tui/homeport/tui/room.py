"""A screen beside Live that shows the daemon as it stands: what Spend, Models and Machine share.

Above the page stands what is unusual, as on Live; without a picture of a
daemon the page says why, and a picture that is not of this moment is dimmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult

from homeport.tui.banner import Banner
from homeport.tui.page_screen import PageScreen
from homeport.tui.pages import absent_lines
from homeport.tui.words import Line

if TYPE_CHECKING:
    from homeport.tui.rooms import RoomName


class RoomScreen(PageScreen):
    """A banner and a page; opened by one key from everywhere."""

    def __init__(self, title: str, *, ascii_only: bool) -> None:
        super().__init__(title, ascii_only=ascii_only)
        self.banner = Banner(ascii_only=ascii_only)
        self._made: tuple[Any, ...] = ()
        self._lines: Sequence[Line] = []

    def compose_middle(self) -> ComposeResult:
        """The banner and the page."""
        yield self.banner
        yield self.page

    def paint_middle(self) -> None:
        """The banner, then the page."""
        self.banner.tell(self.house.state, self.house.size)
        super().paint_middle()

    def page_lines(self, width: int) -> Sequence[Line]:
        """What the room shows of this state, made again only where something changed."""
        state = self.house.state
        if not state.has_picture:
            return absent_lines(state, min(72, width))
        if width <= 0:
            return []  # it has no size yet
        parts = (width, self.page.size.height, state.phase, *self.parts())
        if not _same(parts, self._made):
            lines = self.room_lines(width)
            is_dim = state.phase != "live" and isinstance(lines, list)
            self._lines = _dimmed(lines) if is_dim else lines
            self._made = parts
        return self._lines

    def parts(self) -> tuple[Any, ...]:
        """All that `room_lines` is made from; compared by identity."""
        raise NotImplementedError

    def room_lines(self, width: int) -> Sequence[Line]:
        """The page, where there is a picture; a list is dimmed by whoever shows it."""
        raise NotImplementedError

    def go_to(self, name: RoomName) -> None:
        """Opens another screen; says so where this is the one."""
        if name == self.NAME:
            self.say(f"This is {name.title()} already; esc goes back.")
        else:
            super().go_to(name)

    def action_retry(self) -> None:
        """Looks for the daemon again, or asks it again."""
        self.note = ""
        if self.house.state.is_watched:
            self.ask_again()
        else:
            self.note = "Looking for the daemon…"
            self.house.line.retry()
        self.paint()

    def ask_again(self) -> None:
        """Asks the daemon for what the room shows."""


def _same(parts: tuple[Any, ...], made: tuple[Any, ...]) -> bool:
    if len(parts) != len(made):
        return False
    pairs = zip(parts, made, strict=True)
    return all(a is b or (isinstance(a, int | str) and a == b) for a, b in pairs)


def _dimmed(lines: Sequence[Line]) -> list[Line]:
    return [[(text, "faint") for text, _ in line] for line in lines]
