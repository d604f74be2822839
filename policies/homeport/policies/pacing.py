"""From decisions to what the budget controller learns of them, and back to a `Pace`.

Only a choice teaches the price: a decision in which both home and the cloud were
admitted and nobody had named a model. What only the cloud could answer is paid
for and teaches nothing; what only home could saves its money and counts in no share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Literal, NamedTuple

from homeport.policies.budget_controller import CALL, BudgetController, Offer
from homeport.policies.model import Decision, Scorecard
from homeport.policies.scorecard import MOST_PACE

Held = Literal["money", "calls"]
LEAN = 0.001
"""Utility by which a call's price is below what equals are worth while a call is owed, else
above: among equals some go out and some stay."""


class Choice(NamedTuple):
    """What one decision was about: the gain of going out, and what it takes."""

    worth: float
    """Utility of the best from the cloud less that of the best from here, without the pace."""
    cost_nano: int
    """What the cloud is expected to cost more."""


def choice_of(order: Sequence[Scorecard]) -> Choice | None:
    """The choice between home and the cloud; None where there was none."""
    out = next((card for card in order if card.place == "cloud"), None)
    home = next((card for card in order if card.place != "cloud"), None)
    if out is None or home is None or any(name == "requested" for name, _ in order[0].terms):
        return None
    worth = round(_unpaced(out) - _unpaced(home), 6)
    return Choice(worth, max(1, out.cost_nano - home.cost_nano))


def is_turned(order: Sequence[Scorecard]) -> bool:
    """The pace, and nothing else, put the first before what is on the other side."""
    best = max(order, key=_unpaced)
    first = order[0]
    return _unpaced(best) > _unpaced(first) and (best.place == "cloud") != (first.place == "cloud")


def learned(
    controller: BudgetController, held: Held, decision: Decision, *, out: bool, cost_nano: int
) -> BudgetController:
    """The controller after a prompt; `out` says that the cloud answered."""
    spent = (CALL if out else 0) if held == "calls" else cost_nano
    choice = choice_of(decision.order)
    if choice is None:
        # Time brings money for a prompt that stays at home too; a share is of those that could go.
        return controller.charged(spent) if out or held == "money" else controller
    offer = Offer(choice.worth, CALL if held == "calls" else choice.cost_nano)
    return controller.after(offer, spent)


def call_price(controller: BudgetController | None) -> float:
    """What an answer from the cloud has to bring, in utility; 0 where no share is held."""
    if controller is None or not controller.recent:
        return 0.0
    if controller.buys_all:
        return -MOST_PACE  # also what would be worth less than home
    price = controller.price * CALL
    if not isfinite(price):
        return MOST_PACE
    lean = -LEAN if controller.debt <= 0 else LEAN
    return round(max(-MOST_PACE, min(MOST_PACE, price + lean)), 6)


def money_price(controller: BudgetController | None) -> float:
    """Utility that a nano-dollar has to bring; 0 where money is not paced or there is enough."""
    if controller is None or not controller.recent:
        return 0.0
    price = controller.price
    if not isfinite(price):
        return MOST_PACE  # for one nano-dollar: nothing that costs is worth it
    return max(0.0, price * (1 - LEAN if controller.debt <= 0 else 1 + LEAN))


def with_allowance(controller: BudgetController, allowance: int) -> BudgetController:
    """The same memory under another allowance."""
    return (
        controller
        if controller.allowance == allowance
        else replace(controller, allowance=allowance)
    )


def _unpaced(card: Scorecard) -> float:
    for name, part in card.terms:
        if name == "pace":
            return card.utility - part
    return card.utility
