"""The line in which a filter is typed; narrows the feed at each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.widgets import Input

if TYPE_CHECKING:
    from homeport.tui.live import LiveScreen


class FilterLine(Input):
    """Enter keeps the filter, esc takes it away."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text, id="filter", placeholder="cloud  failed  private  >1c  >2s  word  -word"
        )

    @property
    def _live(self) -> LiveScreen:
        return cast("LiveScreen", self.screen)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the feed."""
        self._live.narrow(event.value)

    async def on_input_submitted(self) -> None:
        """Keeps the filter."""
        await self._close()

    async def give_up(self) -> None:
        """Takes the filter away."""
        self._live.narrow("")
        await self._close()

    async def _close(self) -> None:
        live = self._live
        await self.remove()
        live.paint()
