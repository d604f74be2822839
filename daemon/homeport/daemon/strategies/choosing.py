"""From the name of a strategy to the answer it makes."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from homeport.adapters.base import Delta
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.single import Single

Deltas = Single | AsyncGenerator[Delta, None]
"""Every delta of the one answer, the last one a `Finish`; closed by `aclose`."""


def answer_of(request: Request, rooms: Rooms) -> Deltas:
    """How the request was decided to be answered."""
    return Single(request, rooms)
