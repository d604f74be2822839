"""The running loop's clock, turned forward by hand: hours pass in no time."""

from __future__ import annotations

import asyncio


class TurnedClock:
    """Takes the place of the loop's clock, which goes on from where it was turned to."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._true = loop.time
        self._ahead_s = 0.0
        loop.time = self._now  # type: ignore[method-assign]

    async def turn(self, seconds: float) -> None:
        """So much later, at once; what is due by then has rung."""
        self._ahead_s += seconds
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # a timer rings behind what was ready in its turn of the loop

    def _now(self) -> float:
        return self._true() + self._ahead_s
