"""Whether a kept answer may be given once more: its model, policy, price and time must all hold.

What it takes to make an answer (a way to its model, memory, money, time) does not
count, for nothing is made. What says who may answer counts as it does for a fresh
one: privacy, mode, the name that was asked for, rules, what the model can do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from homeport.policies.gates import GATES, Gate
from homeport.policies.model import Ask, Budget, Candidate, Decision, Policy
from homeport.policies.quick import quick
from homeport.policies.rules.judge import governed
from homeport.policies.situation import Situation, situation_of

LASTING = ("purpose", "privacy", "mode", "requested", "rule", "capability", "held")
"""Gates that say who may answer, and not whether that is possible at the moment."""
LASTING_GATES: tuple[Gate, ...] = tuple(gate for name, gate in GATES if name in LASTING)
LESSER = 0.15
"""An answer of a model that is worse by so much than the one that would be asked is not given."""
SKEW_MS = 5_000
"""So far in the future an answer may have been kept: clocks are set by a little all the time."""


@quick(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What is known of an answer that was kept, and of the moment. Holds no text of it."""

    of: str
    """Id of the request that it answered."""
    model: str
    version: str
    """Of the model's weights, as it answered."""
    policy: str
    """Digest of the policy that it was answered under."""
    price: str
    """Digest of the price that it was answered at."""
    kept_ms: int
    ttl_ms: int
    now_ms: int
    version_now: str
    """Empty where the model is not offered."""
    policy_now: str
    price_now: str
    private: bool = False
    """It answered a private prompt: what is made of it must stay private too."""


@quick(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why a kept answer is not given."""

    sentence: str
    dies: bool
    """It will not be given later either."""


def objection(
    kept: KeptAnswer,
    ask: Ask,
    candidates: Sequence[Candidate],
    budget: Budget,
    policy: Policy,
    decision: Decision,
) -> Objection | None:
    """None where it may be given. `decision` is what was decided on the same values."""
    outdated = _outdated(kept)
    if outdated:
        return Objection(sentence=outdated, dies=True)
    answered = next((c for c in candidates if c.card.id == kept.model), None)
    if answered is None:
        return Objection(sentence=f"{kept.model} is not offered at the moment.", dies=False)
    ask = governed(ask, decision.ruling)
    if kept.private and ask.privacy != "private":
        return Objection(sentence="It was made of a private prompt.", dies=False)
    situation = situation_of(ask, candidates, budget, policy, (), decision.ruling)
    reason = _kept_out(answered, situation) or _lesser(answered, situation, decision)
    return Objection(sentence=reason, dies=False) if reason else None


def _outdated(kept: KeptAnswer) -> str:
    """Why its time is over; empty where it is not.

    1. its time to live is up, or it is from the future: the clock was set
    2. the policy, the model's weights or its price are others
    """
    age_ms = kept.now_ms - kept.kept_ms
    if not -SKEW_MS <= age_ms < kept.ttl_ms:
        return "Its time is up."
    if kept.policy != kept.policy_now:
        return "The policy has changed since."
    if kept.version_now and kept.version != kept.version_now:
        return f"{kept.model} has other weights than then."
    if kept.version_now and kept.price != kept.price_now:
        return f"The price of {kept.model} has changed since."
    return ""


def _kept_out(answered: Candidate, situation: Situation) -> str:
    """The objection of a gate that counts; what it would cost is nothing."""
    free = replace(answered, cost_nano=0, worst_cost_nano=0)
    for gate in LASTING_GATES:
        reason = gate(free, situation)
        if reason is not None:
            return f"{answered.card.id} may not answer it: {reason}"
    return ""


def _lesser(answered: Candidate, situation: Situation, decision: Decision) -> str:
    """It was made where nothing better was at hand, and something better is."""
    first = decision.order[0] if decision.order else None
    if first is None or first.model == answered.card.id:
        return ""
    named = situation.wish.ids
    if first.model in named and answered.card.id not in named:
        return f"{first.model}, which was asked for, can answer it, and {answered.card.id} did."
    if first.quality - answered.quality > LESSER:
        return f"{first.model} can answer it better than {answered.card.id} did."
    return ""
