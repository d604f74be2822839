"""A line that is typed below a screen: a few words, and what is typed behind them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from homeport.tui.widgets import LineView
from homeport.tui.words import Line


class TypedLine(Horizontal):
    """Stands where the footer stands, and takes the keys."""

    def __init__(self, text: str, hint: str, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._text, self._hint = text, hint

    def head(self) -> Line:
        """The words before what is typed."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The words, and the input behind them."""
        yield LineView(id="head", classes="line")
        typed = Input(self._text, placeholder=self._hint, select_on_focus=False)
        typed.cursor_blink = False  # nothing is painted while nothing moves
        yield typed

    def on_mount(self) -> None:
        """Takes the keys."""
        self.query_one(Input).focus()
        self.on_resize()

    def on_resize(self) -> None:
        """The words are as long as there is room for."""
        head = self.head()
        words = self.query_one(LineView)
        words.show([head])
        words.styles.width = sum(len(text) for text, _ in head)
