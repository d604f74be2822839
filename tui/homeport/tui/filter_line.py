"""The line in which a filter is typed; narrows a list at each letter."""

from __future__ import annotations

from typing import Protocol, cast

from textual.widgets import Input

from homeport.tui.typed_line import TypedLine
from homeport.tui.words import Line


class Narrowed(Protocol):
    """A screen whose list can be narrowed."""

    def narrow(self, text: str) -> None:
        """Shows what the filter admits."""
        ...

    def close_line(self) -> None:
        """Takes the line away; what was typed stays in force."""
        ...


class FilterLine(TypedLine):
    """Enter keeps the filter, esc takes it away."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text, hint, id="filter")

    def head(self) -> Line:
        """A slash."""
        return [(" /", "key")]

    @property
    def _list(self) -> Narrowed:
        return cast("Narrowed", self.screen)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list."""
        self._list.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Keeps the filter."""
        self._list.close_line()
