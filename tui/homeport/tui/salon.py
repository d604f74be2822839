"""What is talked about, kept while its screens come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeport.tui.bout import Bout
from homeport.tui.errand import Errand
from homeport.tui.talk import Talk

if TYPE_CHECKING:
    from homeport.tui.app import HomeportApp
    from homeport.tui.chat import ChatScreen
    from homeport.tui.compare import CompareScreen


class Salon:
    """One conversation and one comparison; both end with the program."""

    def __init__(self, house: HomeportApp) -> None:
        self._house = house
        self._talk, self._talking = Talk(), Errand(house, "chat")
        self._bout, self._comparing = Bout(), Errand(house, "compare")

    def __repr__(self) -> str:
        return f"Salon({self._talk!r}, {self._bout!r})"

    @property
    def is_stirred(self) -> bool:
        """Whether something that came is still to be painted."""
        return self._talking.is_stirred or self._comparing.is_stirred

    def chat(self) -> ChatScreen:
        """A screen for the conversation as it is."""
        from homeport.tui.chat import ChatScreen

        ascii_only = self._house.options.ascii_only
        return ChatScreen(self._talk, self._talking, ascii_only=ascii_only)

    def compare(self) -> CompareScreen:
        """A screen for the comparison as it is."""
        from homeport.tui.compare import CompareScreen

        ascii_only = self._house.options.ascii_only
        return CompareScreen(self._bout, self._comparing, ascii_only=ascii_only)
