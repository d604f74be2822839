"""One answer that comes in the background, whichever screen is open meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.worker import Worker

from homeport.client.errors import ClientError
from homeport.client.wire import AskRequest
from homeport.tui.answering import AskHeard, follow

if TYPE_CHECKING:
    from homeport.tui.app import HomeportApp

PAINT_S = 0.05
"""Shortest time between two paints of words that come."""


def _nothing() -> None:
    """Nobody looks."""


class Errand:
    """Asks, hands on what comes, and tells whoever looks that there is more to see."""

    def __init__(self, house: HomeportApp, name: str) -> None:
        self.house = house
        self.name = name
        self.changed: Callable[[], None] = _nothing
        """Called when there is more to see, at most every `PAINT_S`."""
        self._worker: Worker[None] | None = None
        self._timer: Timer | None = None

    def __repr__(self) -> str:
        return f"Errand({self.name})"

    @property
    def is_stirred(self) -> bool:
        """Whether something is still to be painted."""
        return self._timer is not None

    def leave(self) -> None:
        """Nobody looks any more; what runs goes on."""
        self.changed = _nothing

    def start(
        self,
        request: AskRequest,
        hear: Callable[[AskHeard], bool],
        ended: Callable[[ClientError | None], None],
    ) -> None:
        """Asks; `hear` gets each event and says whether to go on, `ended` what went wrong."""
        self._worker = self.house.run_worker(
            self._run(request, hear, ended), group=self.name, exclusive=True
        )

    def stop(self) -> None:
        """Cancels the answer; `ended` is not called."""
        if self._worker:
            self._worker.cancel()

    async def _run(
        self,
        request: AskRequest,
        hear: Callable[[AskHeard], bool],
        ended: Callable[[ClientError | None], None],
    ) -> None:
        def heard(event: AskHeard) -> bool:
            goes_on = hear(event)
            self.stir()
            return goes_on

        ended(await follow(self.house.line.ask(request), heard))
        self.stir()

    def stir(self) -> None:
        """Has it painted soon, with whatever else comes until then."""
        if self._timer is None:
            self._timer = self.house.set_timer(PAINT_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self.changed()
