"""From the name of a strategy to the answer it makes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from homeport.adapters.base import Delta
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.single import Single
from homeport.policies.model import Strategy

Deltas = Single | AsyncGenerator[Delta, None]
"""Every delta of the one answer, the last one a `Finish`; closed by `aclose`."""


def answer_of(request: Request, rooms: Rooms) -> Deltas:
    """How the request was decided to be answered."""
    if not request.decision.order:
        from homeport.daemon.strategies.at_limit import waiting

        return waiting(request, rooms)
    strategy = request.decision.strategy
    if strategy in ("single", "cheapest"):
        return Single(request, rooms)
    return _of_several(strategy, request, rooms)


def _of_several(strategy: Strategy, request: Request, rooms: Rooms) -> Deltas:
    """Each is loaded when it is first used."""
    if strategy == "ensemble":
        from homeport.daemon.strategies.ensemble import ensemble

        return ensemble(request, rooms)
    if strategy == "compare":
        from homeport.daemon.strategies.compare import compare

        return compare(request, rooms)
    if strategy == "race":
        from homeport.daemon.strategies.race import race

        return race(request, rooms)
    if strategy == "hedge":
        from homeport.daemon.strategies.hedge import hedge

        return hedge(request, rooms)
    from homeport.daemon.strategies.steps import in_steps

    return in_steps(request, rooms)
