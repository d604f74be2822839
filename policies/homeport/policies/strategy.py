"""How the answer is made: by one model, or by several in some order or at once."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.policies.model import NO_PLAN, Plan, Scorecard, Strategy
from homeport.policies.situation import Situation


def plan_of(order: Sequence[Scorecard], situation: Situation) -> tuple[Strategy, Plan]:
    """The strategy that was asked for, by the caller or by a rule, or the one that fits."""
    del order, situation
    return "single", NO_PLAN
