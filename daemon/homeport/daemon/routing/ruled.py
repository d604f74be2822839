"""What the person's rules make of a prompt, found once and kept for all of its decisions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from homeport.daemon.routing.rooms import Rooms
from homeport.policies.model import Ask, Budget, Policy
from homeport.policies.quick import quick
from homeport.policies.rules.judge import governed
from homeport.policies.rules.ready import rules_that_apply, ruling_where_all_apply
from homeport.policies.rules.rule import NOWHERE, Condition, Rule, Surroundings

REMEMBERED = 128
"""Policies that were made of another one, for a first try or a further one."""

T = TypeVar("T")


@quick(frozen=True, slots=True, kw_only=True)
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
    whole: Policy | None = None
    """The policy with all of its rules."""

    def narrowed(self, ask: Ask, changes: dict[str, Any]) -> Ruled:
        """The same rules over a further answer, of which `ask` is made; `changes` is what it
        measures otherwise."""
        own = {"strategy": ask.strategy, "options": ask.options, "only": ask.only, "lot": None}
        narrowed = replace(self.measured, **{**own, **changes})
        return replace(self, measured=narrowed, ask=ask)

    def later(self, policy: Policy) -> Policy:
        """The policy for a further try: the same rules apply as at the first one, and the name
        that was asked for means the same."""
        return _made_once(_later, policy, self.policy)


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
        policy=_made_once(_with_rules, policy, rules),
        around=around,
        whole=policy,
    )


_made: dict[tuple[int, ...], tuple[Policy, Any, Policy]] = {}
"""By the identity of how and of what a policy was made, all of which it keeps alive."""


def _made_once(make: Callable[[Policy, T], Policy], policy: Policy, other: T) -> Policy:
    """The policy that comes of these two; the same one each time."""
    key = (id(make), id(policy), id(other))
    found = _made.get(key)
    if found is None:
        if len(_made) >= REMEMBERED:
            _made.clear()
        found = _made[key] = (policy, other, make(policy, other))
    return found[2]


def _with_rules(policy: Policy, rules: tuple[Rule, ...]) -> Policy:
    """The policy with these rules alone."""
    return replace(policy, rules=rules)


def _later(policy: Policy, first: Policy) -> Policy:
    rules = tuple(replace(rule, when=Condition()) for rule in first.rules)
    mode = policy.mode if policy.mode == "local-only" else first.mode
    return replace(
        policy,
        mode=mode,
        weights=first.weights,
        aliases=first.aliases,
        name=first.name,
        rules=rules,
    )
