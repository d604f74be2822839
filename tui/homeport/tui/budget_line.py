"""The line in which another budget is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from homeport.tui.widgets import LineView

if TYPE_CHECKING:
    from homeport.tui.spend import SpendScreen

_QUESTION = " New budget in dollars (enter sets it, esc leaves it as it is): "


class BudgetLine(Horizontal):
    """Stands where the footer stands. Enter is the consent."""

    def __init__(self, text: str) -> None:
        super().__init__(id="budget")
        self._text = text

    def compose(self) -> ComposeResult:
        """The question, and what is typed behind it."""
        question = LineView(id="question")
        width = self.app.size.width
        words = _QUESTION if width >= len(_QUESTION) + 14 else " Budget: "
        question.show([[(words, "accent")]])
        question.styles.width = len(words)
        yield question
        yield Input(
            self._text,
            placeholder="day 4   day +1   week 20   month 40   day none",
            select_on_focus=False,
        )

    def write(self, letter: str) -> None:
        """A letter that came before the line had the keys."""
        if inputs := self.query(Input):
            inputs.first().insert_text_at_cursor(letter)
        else:
            self._text += letter

    def on_mount(self) -> None:
        """Takes the keys."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Sets it."""
        cast("SpendScreen", self.screen).set_budget(event.value)
