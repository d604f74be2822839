"""The line in which a filter is typed; narrows a list at each letter."""

from __future__ import annotations

from typing import Protocol, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from homeport.tui.widgets import LineView


class Narrowed(Protocol):
    """A screen whose list can be narrowed."""

    def narrow(self, text: str) -> None:
        """Shows what the filter admits."""
        ...

    def close_filter(self) -> None:
        """Takes the line away; what was typed stays in force."""
        ...


class FilterLine(Horizontal):
    """Stands where the footer stands. Enter keeps the filter, esc takes it away."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(id="filter")
        self._text, self._hint = text, hint

    def compose(self) -> ComposeResult:
        """A slash, and what is typed behind it."""
        slash = LineView(id="slash")
        slash.show([[(" /", "key")]])
        yield slash
        yield Input(self._text, placeholder=self._hint, select_on_focus=False)

    def write(self, letter: str) -> None:
        """A letter that came before the line had the keys."""
        if inputs := self.query(Input):
            inputs.first().insert_text_at_cursor(letter)
        else:
            self._text += letter

    def on_mount(self) -> None:
        """Takes the keys."""
        self.query_one(Input).focus()

    @property
    def _list(self) -> Narrowed:
        return cast("Narrowed", self.screen)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list."""
        self._list.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Keeps the filter."""
        self._list.close_filter()
