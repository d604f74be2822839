"""What is unusual, above the body of a screen: a few lines, or none."""

from __future__ import annotations

from textual.geometry import Size

from homeport.tui.notices import absence, notices
from homeport.tui.state import State
from homeport.tui.widgets import LineView
from homeport.tui.words import Line, wrapped

_SHARE = 6
"""It takes a sixth of the height at most."""


class Banner(LineView):
    """Takes no room while all is well."""

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(id="banner", ascii_only=ascii_only)

    def tell(self, state: State, size: Size, *, alone: bool = False) -> None:
        """Says what a person should know; `alone` where the body says nothing of it."""
        lines: list[Line] = []
        for sentence, role in (*(absence(state) if alone else ()), *notices(state)):
            lines += wrapped(sentence, size.width - 2, role)
        self.set_class(not lines, "gone")
        self.show(lines[: max(3 if alone else 1, size.height // _SHARE)])
