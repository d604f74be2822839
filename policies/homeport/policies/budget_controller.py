"""One price of money, moved with each decision, so that spending keeps to its pace.

A fixed threshold does not hold a budget: what is worth the cloud on one day's
prompts is worth it on all of the next day's. The price here is the one at which
the recent offers would have cost the allowance, corrected by what was spent too
much or too little so far. It follows a change of prompts within one window.

A controller is a value: `after` gives the next one. Amounts are whole numbers of
any one unit: nano-dollars for a budget, or `CALL` per cloud call for a share.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import NamedTuple

from homeport.policies.quick import quick

CALL = 1_000_000
"""One cloud call, where a share of calls is held: 20 % is an allowance of 200,000."""
WINDOW = 150
"""Offers that are remembered."""
REPAY = 40
"""Decisions over which a debt is paid back."""
MOST_DEBT = 150
"""Allowances that are remembered as owed or saved: a quiet week buys no flood."""


class Offer(NamedTuple):
    """What the cloud would give for one prompt, and take."""

    worth: float
    """Gain of quality, on any scale that stays the same."""
    cost: int
    """At least 1."""

    @property
    def yield_(self) -> float:
        """Worth per unit of cost."""
        return self.worth / max(1, self.cost)


@quick(frozen=True, slots=True)
class BudgetController:
    """Holds an allowance per decision, whatever prompts come."""

    allowance: int
    recent: tuple[tuple[float, int], ...] = ()
    """Yield and cost of the last offers, the oldest first."""
    debt: int = 0
    """Spent beyond the allowances so far; saved where it is below 0."""

    def __repr__(self) -> str:
        return f"BudgetController({self.allowance} each, debt {self.debt}, {len(self.recent)} seen)"

    @property
    def price(self) -> float:
        """The least worth per unit of cost that is bought; infinite while a debt is paid back."""
        left = self._aim() * len(self.recent)
        price = inf
        for yield_, cost in sorted(self.recent, reverse=True):
            if left <= 0:
                return price
            price = yield_
            left -= cost
        return price if left <= 0 else 0.0

    @property
    def buys_all(self) -> bool:
        """The allowance is more than all that was offered lately."""
        return self._aim() * len(self.recent) > sum(cost for _, cost in self.recent)

    def admits(self, offer: Offer) -> bool:
        """Whether this one is bought: worth more than the price.

        What is worth nothing is for the caller to refuse: a share of calls is held with it.
        """
        if self.allowance <= 0:
            return False
        price = replace(self, recent=(*self.recent, (offer.yield_, offer.cost))).price
        if offer.yield_ == price:
            # Some of its equals are bought, some not: until one call is owed.
            return self.debt <= offer.cost
        return offer.yield_ > price

    def after(self, offer: Offer, spent: int) -> BudgetController:
        """The controller for the next decision; `spent` is 0 where it stayed at home."""
        recent = (*self.recent, (offer.yield_, offer.cost))[-WINDOW:]
        return replace(self.charged(spent), recent=recent)

    def charged(self, spent: int) -> BudgetController:
        """The same after a prompt that offered no choice and was paid for all the same."""
        most = MOST_DEBT * self.allowance
        debt = max(-most, min(most, self.debt + spent - self.allowance))
        return self if debt == self.debt else replace(self, debt=debt)

    def _aim(self) -> int:
        """What a decision may cost on average from here on."""
        return max(0, self.allowance - self.debt // REPAY)
