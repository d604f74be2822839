"""`decide` and `next_after`: from measurements to an order, with a reason for each place in it."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.policies.asked_gates import asked_gates
from homeport.policies.because import because
from homeport.policies.exploring import BY_LOT, SELDOM, explored
from homeport.policies.gates import falls_to_a_prediction
from homeport.policies.model import (
    ENGINE_VERSION,
    Ask,
    Budget,
    Candidate,
    Decision,
    Failure,
    Policy,
    Scorecard,
    Veto,
)
from homeport.policies.rules.judge import governed
from homeport.policies.rules.ready import ruling_of
from homeport.policies.rules.rule import NOWHERE, Surroundings
from homeport.policies.scorecard import score
from homeport.policies.situation import Situation, situation_of
from homeport.policies.strategy import because_of_plan, plan_of, planned


def decide(
    ask: Ask,
    candidates: Sequence[Candidate],
    budget: Budget,
    policy: Policy,
    around: Surroundings = NOWHERE,
) -> Decision:
    """Order the candidates that may answer, best first, and say why the others may not."""
    return next_after(ask, candidates, budget, policy, (), around)


def next_after(
    ask: Ask,
    candidates: Sequence[Candidate],
    budget: Budget,
    policy: Policy,
    history: Sequence[Failure],
    around: Surroundings = NOWHERE,
) -> Decision:
    """Decide over what may still be tried after these failures, the oldest first.

    `ask.deadline_ms` is what is left of it, `ask.answer_tokens` the answer sent
    so far. An empty order means: give up, `because` says why.
    """
    ruling = ruling_of(policy.rules, ask, budget, around)
    ask = governed(ask, ruling)
    situation = situation_of(ask, candidates, budget, policy, history, ruling, around)
    order: tuple[Scorecard, ...] = ()
    if len(history) >= policy.max_attempts:
        vetoes = _all_vetoed(candidates, "attempts", _no_tries_left(policy))
    else:
        order, vetoes = _sift(candidates, situation)
    strategy, plan = plan_of(order, vetoes, situation)
    order = planned(order, plan, situation)
    propensity = 1.0
    if ask.lot is not None and strategy == "single":
        order, propensity = explored(order, situation)
    return Decision(
        engine_version=ENGINE_VERSION,
        strategy=strategy,
        mode=situation.mode,
        order=order,
        vetoes=vetoes,
        because=BY_LOT
        if propensity < SELDOM
        else because_of_plan(strategy, plan)
        or because(order, vetoes, {c.card.id: c for c in candidates}, situation),
        ruling=ruling,
        plan=plan,
        propensity=propensity,
    )


def _sift(
    candidates: Sequence[Candidate], situation: Situation
) -> tuple[tuple[Scorecard, ...], tuple[Veto, ...]]:
    admitted: list[Scorecard] = []
    vetoes: list[Veto] = []
    over_budget: list[Scorecard] = []
    gates = asked_gates(situation)
    for candidate in candidates:
        veto = gates.veto(candidate, situation)
        if veto is None:
            admitted.append(score(candidate, situation))
            continue
        gate, reason = veto
        vetoes.append(Veto(model=candidate.card.id, gate=gate, reason=reason))
        if gate == "budget" and situation.policy.at_limit != "local":
            over_budget.append(score(candidate, situation))
    if not admitted:
        admitted = _last_resort(candidates, situation)
        kept = {card.model for card in admitted}
        vetoes = [veto for veto in vetoes if veto.model not in kept]
    admitted.sort(key=_rank)
    if over_budget and (not admitted or _rank(min(over_budget, key=_rank)) < _rank(admitted[0])):
        # The budget alone keeps the best away, and the person wants to hear of it.
        reason = _AT_LIMIT[situation.policy.at_limit]
        vetoes += [Veto(model=card.model, gate="limit", reason=reason) for card in admitted]
        admitted = []
    vetoes.sort(key=lambda veto: veto.model)
    return tuple(admitted), tuple(vetoes)


def _last_resort(candidates: Sequence[Candidate], situation: Situation) -> list[Scorecard]:
    """Where nobody is left, the best of those that only a prediction keeps away."""
    late = [one for one in candidates if falls_to_a_prediction(one, situation)]
    return sorted((score(one, situation) for one in late), key=_rank)[:1]


def _rank(card: Scorecard) -> tuple[float, str]:
    return -card.utility, card.model


_AT_LIMIT = {
    "refuse": "The budget has too little left for the model that would answer, and the policy is "
    "to refuse at a limit; `homeport budget` raises it.",
    "ask": "The budget has too little left for the model that would answer, and the policy is to "
    "ask at a limit; `homeport budget raise` adds to it.",
}


def _no_tries_left(policy: Policy) -> str:
    return f"All {policy.max_attempts} tries for one prompt are used up."


def _all_vetoed(candidates: Sequence[Candidate], gate: str, reason: str) -> tuple[Veto, ...]:
    models = sorted(candidate.card.id for candidate in candidates)
    return tuple(Veto(model=model, gate=gate, reason=reason) for model in models)
