"""The Help screen, made from the keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from homeport.tui.help_lines import help_lines
from homeport.tui.house import bindings_of
from homeport.tui.page_screen import PageScreen
from homeport.tui.words import Line


class HelpScreen(PageScreen, inherit_bindings=False):
    """Every key and what it does."""

    NAME = "help"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("help")

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__("help", ascii_only=ascii_only)

    def page_lines(self, width: int) -> list[Line]:
        """The keys, then the words."""
        return help_lines(width, self.house.keyring.keys)

    def action_help(self) -> None:
        """It is shown already."""
        self.note = "This is the help; esc goes back."
        self.paint()
