"""A screen that is one page of text: what Why and Help share."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from homeport.tui.availability import is_over
from homeport.tui.frame_lines import OFFLINE, ONLINE, fitting, keys_line
from homeport.tui.house import HouseScreen
from homeport.tui.keys import Key, is_in_footer
from homeport.tui.scrolling import Scrolling
from homeport.tui.widgets import Page, in_edge
from homeport.tui.words import Line

_KEPT = frozenset({"back", "help", "quit"})
_ELSEWHERE = frozenset({"spend", "models", "machine", "chat", "compare", "offline"})

_QUESTIONS = (OFFLINE, ONLINE)


class PageScreen(Scrolling, HouseScreen, inherit_bindings=False):
    """Scrolls one page; esc goes back."""

    def __init__(self, title: str, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.page = self.make_page()
        self.page.border_title = in_edge(title, ascii_only=ascii_only)

    def make_page(self) -> Page:
        """The widget that shows the lines."""
        return Page(id="page", ascii_only=self.ascii_only)

    def compose_middle(self) -> ComposeResult:
        """The page."""
        yield self.page

    def page_lines(self, width: int) -> Sequence[Line]:
        """The text."""
        raise NotImplementedError

    def paint_middle(self) -> None:
        """The page and its foot."""
        self.paint_page()

    def paint_page(self) -> None:
        """The lines, and how far down they are read."""
        page = self.page
        page.show(self.page_lines(page.size.width))
        seen, lines = page.reach
        position = f"{seen} of {lines}" if lines > page.size.height else ""
        self.label(page, position)

    def footer(self) -> Line:
        """The keys, or an answer to the last one."""
        if self.note and not is_over(self.note, self.house.state):
            return [(" " + self.note, "accent")]
        keys = [key for key in self.house.keyring.of(self.NAME) if is_in_footer(key, self.NAME)]
        keys = sorted((key for key in keys if key.id != self.NAME), key=self._rank)
        return keys_line([self._footing(key) for key in keys], self.house.size.width)

    def _rank(self, key: Key) -> int:
        """What works here comes first, then the other screens, then what is always there.

        Without a daemon the look for it is before all.
        """
        if key.id == "retry" and not self.house.state.is_watched:
            return -1
        return 2 if key.id in _KEPT else int(key.id in _ELSEWHERE)

    def _footing(self, key: Key) -> tuple[str, str, bool, bool]:
        dimmed = bool(self.reason_against(key))
        return (key.shown, self.label_of(key), dimmed, key.id in _KEPT)

    @property
    def body(self) -> Page:
        """The page."""
        return self.page

    def go(self, by: int) -> None:
        """So many lines down."""
        self.note = ""
        self.page.go(by)
        self.paint()

    def action_back(self) -> None:
        """Away with the answer to the last key; then to the screen before."""
        room = self.house.size.width - 2
        if self.note in [fitting(question, room) for question in _QUESTIONS]:
            self.note = ""
            self.paint()
        else:
            self.dismiss()
