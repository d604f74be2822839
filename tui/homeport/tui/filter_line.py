"""The line in which a filter is typed; narrows the feed at each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from homeport.tui.widgets import LineView

if TYPE_CHECKING:
    from homeport.tui.live import LiveScreen


class FilterLine(Horizontal):
    """Stands where the footer stands. Enter keeps the filter, esc takes it away."""

    def __init__(self, text: str) -> None:
        super().__init__(id="filter")
        self._text = text

    def compose(self) -> ComposeResult:
        """A slash, and what is typed behind it."""
        slash = LineView(id="slash")
        slash.show([[(" /", "key")]])
        yield slash
        hint = "cloud  failed  private  >1c  >2s  a word  -word"
        yield Input(self._text, placeholder=hint, select_on_focus=False)

    def on_mount(self) -> None:
        """Takes the keys."""
        self.query_one(Input).focus()

    @property
    def _live(self) -> LiveScreen:
        return cast("LiveScreen", self.screen)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the feed."""
        self._live.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Keeps the filter."""
        self._live.close_filter()
