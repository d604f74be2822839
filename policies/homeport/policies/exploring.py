"""By lot the second of two that are worth nearly the same: what was never tried teaches nothing.

The lot is drawn by the caller and is part of the ask, so that the decision stays
a function of its inputs. The chance of what came first goes into the decision:
who asks later what another policy would have done divides by it.
"""

from __future__ import annotations

from homeport.policies.model import Scorecard
from homeport.policies.situation import Situation

MOST = 0.2
"""The largest share of prompts that may go to the second."""
CLOSE = 0.1
"""Difference of utility within which two are worth nearly the same."""
SELDOM = 0.5
"""A first with less of a chance is one that the lot has put there."""
BY_LOT = "tried by lot: worth nearly as much as what comes after it"
_NEVER = frozenset({"demonstration", "reliability", "deadline", "requested"})
"""Terms of a scorecard that is not tried for the sake of trying."""

Order = tuple[Scorecard, ...]


def explored(order: Order, situation: Situation) -> tuple[Order, float]:
    """The order with its first two changed where the lot says so, and the chance of its first."""
    lot, share = situation.ask.lot, min(situation.policy.explore, MOST)
    if lot is None or not share > 0 or not _may(order, situation):
        return order, 1.0
    if lot >= share:
        return order, 1.0 - share
    return (order[1], order[0], *order[2:]), share


def _may(order: Order, situation: Situation) -> bool:
    """Nobody has said who should answer, and the first two are close."""
    free = situation.wish.kind == "any" and not situation.stays_home and not situation.history
    if not free or situation.ask.only or situation.ruling.orders.prefer or len(order) < 2:
        return False
    first, second = order[0], order[1]
    return first.utility - second.utility <= CLOSE and _NEVER.isdisjoint(
        name for name, _ in second.terms
    )
