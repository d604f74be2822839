"""How many tokens a prompt is for the model that would answer it.

The server of that model is asked where it can count, and only under the permit
with which it would be sent the prompt itself; else it is our own estimate.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from homeport.adapters.base import AttemptFailed, Limits, TokenCounter
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.policies.model import ModelCard

log = logging.getLogger("homeport.attempt")

COUNTING_S = 10.0
"""Longest wait for a count."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens of a prompt."""

    tokens: int
    exact: bool
    """Its model's own server counted them."""
    model: str = ""
    """Who would answer; empty where nothing may."""


async def counted(request: Request, rooms: Rooms) -> Counted:
    """Count the tokens of a request that was decided on and is not answered."""
    if not request.decision.order:
        return Counted(request.ask.input_tokens, exact=False)
    card = request.chosen().card
    try:
        with rooms.fleet.borrowed(card.id) as adapter:
            if isinstance(adapter, TokenCounter):
                return await _asked(request, adapter, adapter.origin, card, rooms)
    except AttemptFailed as error:
        log.info("%s could not count: %s", card.id, error.failure.sentence)
    return Counted(request.ask.input_tokens, exact=False, model=card.id)


async def _asked(
    request: Request, counter: TokenCounter, origin: str, card: ModelCard, rooms: Rooms
) -> Counted:
    permit = rooms.egress.permit(request.ask, card, origin)
    limits = Limits(0, COUNTING_S, first_token_s=COUNTING_S)
    tokens = await counter.count_tokens(request.prompt, card, limits=limits, permit=permit)
    return Counted(tokens, exact=True, model=card.id)
