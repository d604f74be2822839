"""Waits before a model is asked again that broke, or whose attempt had not begun anything.

A bound that doubles with each failure, and of it a share by chance (full
jitter), so that many who failed together do not come back together. A server
that said when it has room is asked then, where that is soon.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from homeport.daemon.routing.request import Request
from homeport.policies.model import Candidate, Failure
from homeport.policies.successor import is_a_start, is_tried_later

FIRST_S, MOST_S = 0.5, 8.0
SOON_S = 5.0
"""The longest that a server which said when it has room is waited for."""
LATER_S = 0.05
"""Past the moment that a server named: its clock and ours differ."""


def pause_s(failures: int, chance: float) -> float:
    """Seconds before the next try, after so many failures; `chance` is from 0 to 1."""
    return chance * min(MOST_S, FIRST_S * 2.0 ** (failures - 1))


def opens_in_s(history: Sequence[Failure], candidates: Sequence[Candidate]) -> float | None:
    """Seconds until a model that could be tried again is let through; None where none is soon."""
    again = {failure.model for failure in history if is_a_start(failure)}
    again -= {f.model for f in history if [g.model for g in history].count(f.model) > 1}
    waits = [c.breaker_opens_ms / 1e3 for c in candidates if c.card.id in again]
    soon = [wait for wait in waits if 0 < wait <= SOON_S]
    return min(soon, default=None)


async def back_off(
    request: Request, decide_again: Callable[[], None], chance: Callable[[], float] = random.random
) -> None:
    """Wait where the next in the order was tried before, or where soon one may be tried again."""
    if not request.decision.order:
        wait_s = opens_in_s(request.history, request.steps[-1].candidates)
        if wait_s is None or len(request.history) >= request.steps[-1].policy.max_attempts:
            return
        if await _passes(request, wait_s + LATER_S + pause_s(1, chance())):
            decide_again()
        return
    model = request.decision.order[0].model
    failures = [failure for failure in request.history if failure.model == model]
    if failures and is_tried_later(failures[-1]):
        await _passes(request, pause_s(len(request.history), chance()))


async def _passes(request: Request, wait_s: float) -> bool:
    """Wait, unless the prompt's time would be up by then."""
    if wait_s >= request.seconds_left:
        return False
    await asyncio.sleep(wait_s)
    return True
