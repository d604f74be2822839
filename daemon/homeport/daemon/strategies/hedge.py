"""`hedge`: a model at home answers, and one in the cloud starts too where the first is late.

A race whose second runner starts after the plan's delay, or as soon as the first
has failed. What it may then, it is asked then: privacy, the link and money are
judged again. Where the first word came before, nothing was asked and nothing
is paid; else the one that says the first word answers, and the other is stopped.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from homeport.adapters.base import Delta
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.race import race


def hedge(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of the answer. Raises `HomeportError` where nobody answers."""
    plan = request.decision.plan
    return race(request, rooms, late=dict.fromkeys(plan.models[1:], plan.delay_ms / 1000.0))
