"""The Machine screen: processor, memory, link and providers over the last minutes."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import BindingType

from homeport.tui.house import bindings_of
from homeport.tui.machine_lines import machine_page
from homeport.tui.room import RoomScreen
from homeport.tui.words import Line


class MachineScreen(RoomScreen, inherit_bindings=False):
    """Follows the daemon's looks at its machine; moves when there is one, and rests between."""

    NAME = "machine"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("machine")

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__("machine", ascii_only=ascii_only)

    def parts(self) -> tuple[Any, ...]:
        """The measurements, the link, the keys, the models, the feed."""
        state = self.house.state
        picture = state.picture
        return (state.history, picture.link, picture.keys, picture.models, state.rows)

    def room_lines(self, width: int) -> list[Line]:
        """The graphs."""
        return machine_page(self.house.state, width, self.page.size.height)

    def ask_again(self) -> None:
        """The page follows the daemon by itself."""
        self.note = "This page follows the daemon by itself."
