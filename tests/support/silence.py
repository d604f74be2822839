"""An attempt whose upstream falls silent, ended by its limits on a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from homeport.adapters.base import Delta, Limits
from support.asks import Outcome, collect
from support.polling import until
from support.turned_clock import TurnedClock

FOR_EVER_S: Final = 1e9
LIMIT_S: Final = 600.0
UNHURRIED: Final = Limits(
    max_tokens=100, deadline_s=FOR_EVER_S, connect_s=LIMIT_S, first_token_s=LIMIT_S, gap_s=LIMIT_S
)
"""Never reached but by turning the clock."""


async def silenced(
    stream: AsyncIterator[Delta], stalled: asyncio.Event, heard: Callable[[Outcome], bool]
) -> Outcome:
    """Time passes for a stream of these limits once the upstream is silent and all was heard."""
    clock, outcome = TurnedClock(), Outcome()
    listening = asyncio.ensure_future(collect(stream, FOR_EVER_S, outcome))
    await asyncio.wait_for(stalled.wait(), 20)
    await until(lambda: heard(outcome))
    while not listening.done():  # a sign of life that is no word may be on its way yet
        await clock.turn(LIMIT_S + 1)
        await asyncio.sleep(0.001)
    return await listening
