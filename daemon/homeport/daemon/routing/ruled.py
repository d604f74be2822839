"""What the person's rules make of a prompt, found once and kept for all of its decisions."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from homeport.daemon.routing.rooms import Rooms
from homeport.policies.model import Ask, Budget, Policy
from homeport.policies.quick import quick
from homeport.policies.rules.judge import governed
from homeport.policies.rules.ready import rules_that_apply, ruling_where_all_apply
from homeport.policies.rules.rule import NOWHERE, Condition, Rule, Surroundings

NARROWED = 128
"""Policies with the rules that apply, which are remembered."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """One prompt under the rules."""

    measured: Ask
    """As it was measured: what decisions are made on."""
    ask: Ask
    """Under the rules: what everybody else goes by, privacy above all."""
    budget: Budget
    """That the rules were asked with."""
    policy: Policy
    """With the rules that apply, and no others."""
    around: Surroundings = NOWHERE

    def narrowed(self, ask: Ask, changes: dict[str, Any]) -> Ruled:
        """The same rules over a further answer, of which `ask` is made; `changes` is what it
        measures otherwise."""
        own = {"strategy": ask.strategy, "options": ask.options, "only": ask.only, "lot": None}
        narrowed = replace(self.measured, **{**own, **changes})
        return replace(self, measured=narrowed, ask=ask)

    def later(self, policy: Policy) -> Policy:
        """The policy for a further try: the same rules apply as at the first one."""
        rules = tuple(replace(rule, when=Condition()) for rule in self.policy.rules)
        mode = policy.mode if policy.mode == "local-only" else self.policy.mode
        weights, name = self.policy.weights, self.policy.name
        return replace(policy, mode=mode, weights=weights, name=name, rules=rules)


def ruled(measured: Ask, rooms: Rooms) -> Ruled:
    """Raises `BadRequest` where the prompt names a policy that there is not."""
    policy, around = rooms.policy_named(measured.policy), rooms.around()
    measured = rooms.ledger.capped(measured)
    budget = rooms.pacer.paced(rooms.ledger.budget(measured), policy)
    if policy.explore > 0:
        measured = replace(measured, lot=random.random())  # noqa: S311 - no secret
    rules = rules_that_apply(policy.rules, measured, budget, around)
    return Ruled(
        measured=measured,
        ask=governed(measured, ruling_where_all_apply(rules)),
        budget=budget,
        policy=_with_rules(policy, rules),
        around=around,
    )


_narrowed: dict[tuple[int, int], tuple[Policy, tuple[Rule, ...], Policy]] = {}
"""By the identity of a policy and of rules, both of which it keeps alive."""


def _with_rules(policy: Policy, rules: tuple[Rule, ...]) -> Policy:
    """The policy with these rules alone; the same one each time."""
    key = (id(policy), id(rules))
    found = _narrowed.get(key)
    if found is None:
        if len(_narrowed) >= NARROWED:
            _narrowed.clear()
        found = _narrowed[key] = (policy, rules, replace(policy, rules=rules))
    return found[2]
