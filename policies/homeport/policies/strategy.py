"""How the answer is made: by one model, or by several in some order or at once.

1. what the caller asks for; 2. what a rule of the person says; 3. `verify`, where looking
at the answer is worth it, `hedge`, where home may be late, and else `single`. What cannot
be done is answered by one model, and the plan says why. Every model of a plan is one of the
order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from homeport.policies.looking import looked_at, successor_of, why_looked_at
from homeport.policies.model import NO_PLAN, AskedStrategy, Method, Plan, Scorecard, Strategy, Veto
from homeport.policies.planners import PLANNERS, affordable, checked, hedged, too_dear
from homeport.policies.situation import Situation

TOOLS = frozenset({"tools", "server_tools"})
COMBINED = frozenset({"verify", "ensemble", "compare"})
"""Strategies that read answers: what calls tools is acted on, not compared."""

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

Order = Sequence[Scorecard]


def plan_of(order: Order, vetoes: Sequence[Veto], situation: Situation) -> tuple[Strategy, Plan]:
    """The strategy that was asked for, by the caller or by a rule, or the one that fits."""
    asked = situation.ask.strategy
    if asked == "auto":
        asked = _ruled(situation)
    if asked == "single" or not order:
        return "single", NO_PLAN
    if asked == "auto":
        plan = _automatic(order, situation)
        if plan is not None:
            return "verify", plan
        plan = _late(order, situation)
        return ("single", NO_PLAN) if plan is None else ("hedge", plan)
    if situation.history and asked != "cheapest":
        return "single", NO_PLAN
    if asked in COMBINED and not TOOLS.isdisjoint(situation.ask.needs):
        return "single", Plan(why=f"It may call tools, so one model answers instead of `{asked}`.")
    plan = PLANNERS[asked](order, vetoes, situation)
    return (asked, plan) if plan.models else ("single", plan)


def planned(
    order: tuple[Scorecard, ...], plan: Plan, situation: Situation
) -> tuple[Scorecard, ...]:
    """The order with the models of the plan first, in the plan's order.

    Where only some are asked, they come as they are named until one has failed.
    """
    names = plan.models or (() if situation.history else situation.ask.only)
    if not names:
        return order
    by_id = {card.model: card for card in order}
    first = tuple(by_id[model] for model in dict.fromkeys(names) if model in by_id)
    return first + tuple(card for card in order if card not in first)


def because_of_plan(strategy: Strategy, plan: Plan) -> str:
    """The sentence of the feed where several may answer; empty where one does."""
    count = len(plan.models)
    if strategy == "single" or not count:
        return ""
    if strategy == "verify":
        return "looked at before it is given"
    if strategy == "cheapest":
        return "the cheapest that is good enough" if plan.thresholds else ""
    if strategy == "fallback":
        return "a chain of one" if count == 1 else f"a chain of {count}: the first that is sure"
    if strategy == "ensemble":
        return f"{count} answers: {_GIVEN[plan.method or 'weighted']}"
    if strategy == "hedge":
        return "may be late here: the cloud starts if it is"
    return (
        f"{count} side by side" if strategy == "compare" else f"{count} race: the first to answer"
    )


_GIVEN: Mapping[Method, str] = {
    "majority": "what most of them say",
    "weighted": "the weightiest",
    "judge": "a judge picks",
}


def _ruled(situation: Situation) -> AskedStrategy:
    """What a rule says, else `auto`; of a model that is asked for by its exact name it says
    nothing: that one answers, and others only where it may not or fails."""
    if situation.wish.kind == "pinned":
        return "auto"
    said = situation.ruling.orders.strategy
    return next((strategy for strategy in STRATEGIES if strategy == said), "auto")


def _late(order: Order, situation: Situation) -> Plan | None:
    """A plan to start the cloud too, where the first is at home and predicted to be late."""
    ask, policy, first = situation.ask, situation.policy, order[0]
    if policy.hedge_after_ms is None or first.place == "cloud" or ask.only or situation.history:
        return None
    if first.total_ms <= policy.hedge_late_ms or situation.wish.kind != "any":
        return None
    plan = hedged(first, order, situation)
    other = None if plan is None else next(c for c in order if c.model == plan.models[1])
    return plan if other is not None and other.total_ms < first.total_ms else None


def _automatic(order: Order, situation: Situation) -> Plan | None:
    """A plan to look at the answer, where that is worth it."""
    ask, first = situation.ask, order[0]
    if ask.checkable == "free" or ask.streams or ask.only or situation.history:
        return None
    if situation.wish.kind != "any" or not TOOLS.isdisjoint(ask.needs):
        return None
    other = successor_of(first, order[1:], situation)
    if other is None or not looked_at(first, other, situation):
        return None
    if too_dear(affordable((first, other), situation), (first, other)):
        return None
    return checked(first, other, situation, why=why_looked_at(first, other))
