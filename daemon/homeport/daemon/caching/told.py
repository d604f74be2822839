"""An answer's deltas on their way: those that are remembered, and those that are told again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from homeport.adapters.base import Delta, Finish, Usage
from homeport.daemon.caching.entry import Body
from homeport.daemon.routing.request import Request
from homeport.daemon.strategies.choosing import Deltas

MOST_DELTAS = 200_000
"""Of a longer answer nothing is remembered."""


class Remembered:
    """The deltas of an answer as they come; what was said is remembered."""

    def __init__(self, deltas: Deltas) -> None:
        self._deltas = deltas
        self.said: list[Delta] | None = []
        """None where it was too much."""
        self.finish: Finish | None = None

    def __aiter__(self) -> Remembered:
        return self

    async def __anext__(self) -> Delta:
        delta = await self._deltas.__anext__()
        if isinstance(delta, Finish):
            self.finish = delta
        elif self.said is not None:
            self.said.append(delta)
            if len(self.said) > MOST_DELTAS:
                self.said = None
        return delta

    async def aclose(self) -> None:
        """End the work upstream."""
        await self._deltas.aclose()


class ToldAgain:
    """The deltas of a kept answer, at once."""

    def __init__(self, request: Request, body: Body, clock_ms: Callable[[], int]) -> None:
        self._request = request
        self._clock_ms = clock_ms
        self._left: Iterator[Delta] = iter((*body.deltas, body.finish))

    def __aiter__(self) -> ToldAgain:
        return self

    async def __anext__(self) -> Delta:
        delta = next(self._left, None)
        if delta is None:
            raise StopAsyncIteration
        if isinstance(delta, Finish):
            self._end(delta.usage)
        elif self._request.view.state != "streaming":
            self._request.first_token()
        return delta

    def _end(self, usage: Usage) -> None:
        request = self._request
        request.finished = True
        request.change(
            state="done",
            total_ms=self._clock_ms() - request.arrived_ms,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cost_nano=0,
            certain=True,
        )

    async def aclose(self) -> None:
        """Nothing more is told."""
        self._left = iter(())
