"""The wait in the line before a model: what was decided before it may be wrong behind it.

Whoever has its turn is judged again, by what is known then; so is whoever waits for a model
that cannot answer any more (it failed, the link is gone), at once. Where another one is first
by then the place goes to the next in line. Where nobody else may answer, and the model may
soon be asked again, that is waited for.
"""

from __future__ import annotations

import asyncio
import random

from homeport.daemon.fleet.admission import Turn
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.backing_off import LATER_S, SOON_S, pause_s
from homeport.daemon.strategies.single import judge
from homeport.policies.model import Candidate
from homeport.policies.quick import changed


async def let_in(request: Request, turn: Turn, rooms: Rooms) -> int | None:
    """Wait for the turn at the first in the order; gives the way, None where another one is
    first by then, or nobody. Raises `TimeoutError` where it does not come in time."""
    model = request.decision.order[0].model
    request.announce("queued")
    try:
        while True:
            way = await turn.come(max(0.0, request.seconds_left))
            is_first = _still_first(request, rooms, model, is_in=way is not None)
            if way is None and (is_first or _opens_soon(request, model)):
                continue
            if way is not None and (is_first or await _opened(request, rooms, model)):
                return way
            turn.give_up()
            return None
    except BaseException:
        turn.give_up()
        raise


def _still_first(request: Request, rooms: Rooms, model: str, *, is_in: bool) -> bool:
    """Judge again as one who stands in its line, or who has a seat of it."""
    ask = request.ask_of_next

    def seen(candidate: Candidate) -> Candidate:
        if candidate.card.id != model:
            return candidate
        if is_in:
            return rooms.fleet.let_in(candidate, ask)
        return changed(candidate, rate=None, queued=0, queue_bound=None)

    judge(request, [seen(candidate) for candidate in rooms.fleet.candidates(ask)], rooms)
    order = request.decision.order
    return bool(order) and order[0].model == model


def _opens_soon(request: Request, model: str) -> bool:
    """Whether nobody else may answer, and the model is left alone for a moment only."""
    vetoes = [veto.gate for veto in request.decision.vetoes if veto.model == model]
    if request.decision.order or vetoes not in (["state"], ["breaker"]):
        return False
    seen = next(c for c in request.steps[-1].candidates if c.card.id == model)
    return seen.breaker == "open" and seen.breaker_opens_ms <= SOON_S * 1e3


async def _opened(request: Request, rooms: Rooms, model: str) -> bool:
    """Whether it may be asked after a while, in which others may try it."""
    if not _opens_soon(request, model):
        return False
    try:
        async with asyncio.timeout(min(SOON_S, request.seconds_left)):
            while (wait_s := rooms.fleet.opens_in_s(model)) is not None:
                chance = random.random()  # noqa: S311 - no secret
                await asyncio.sleep(wait_s + LATER_S + pause_s(1, chance))
    except TimeoutError:
        return False
    return _still_first(request, rooms, model, is_in=True)
