"""The line in which another budget is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Input

from homeport.tui.typed_line import TypedLine
from homeport.tui.words import Line

if TYPE_CHECKING:
    from homeport.tui.spend import SpendScreen

_QUESTION = " New budget in dollars (enter sets it, esc leaves it as it is): "
_HINT = "day 4   day +1   week 20   month 40   day none"


class BudgetLine(TypedLine):
    """Enter is the consent."""

    def __init__(self, text: str) -> None:
        super().__init__(text, _HINT, id="budget")

    def head(self) -> Line:
        """The question, as long as there is room for."""
        is_wide = self.app.size.width >= len(_QUESTION) + 14
        return [(_QUESTION if is_wide else " Budget: ", "accent")]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Sets it."""
        cast("SpendScreen", self.screen).set_budget(event.value)
