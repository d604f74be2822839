"""From a decision's record to what `homeport why` shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from homeport.client.wire import PlanView, ScoreView, StepView, VetoView, Why
from homeport.daemon.routing.asking import MODES
from homeport.daemon.storage.decision_record import DecisionRecord, DecisionStep, Replay
from homeport.policies import decide
from homeport.policies.model import Ask, Decision, Policy, Scorecard
from homeport.policies.rules.reading import ORDER_KEYS

if TYPE_CHECKING:
    from homeport.daemon.replaying.redeciding import Other


def score_view(card: Scorecard, quality_source: str = "") -> ScoreView:
    """One admitted candidate."""
    return ScoreView(
        model=card.model,
        place=card.place,
        utility=card.utility,
        quality=card.quality,
        cost_nano=card.cost_nano,
        worst_cost_nano=card.worst_cost_nano,
        total_ms=card.total_ms,
        terms=card.terms,
        note=card.note,
        quality_source=quality_source,
    )


def step_view(step: DecisionStep) -> StepView:
    """One deciding."""
    decision = step.decision
    sources = {candidate.card.id: candidate.quality_source for candidate in step.candidates}
    return StepView(
        at_ms=step.at_ms,
        because=decision.because,
        order=tuple(score_view(card, sources.get(card.model, "")) for card in decision.order),
        vetoes=tuple(VetoView(v.model, v.gate, v.reason) for v in decision.vetoes),
        after=step.history[-1].sentence if step.history else "",
        rules=tuple((ORDER_KEYS[said.thing], said.rule) for said in decision.ruling.by),
        plan=plan_view(decision),
        branch=step.branch,
    )


def plan_view(decision: Decision) -> PlanView | None:
    """How the answer was to be made; None for one model that nobody asked more of."""
    plan = decision.plan
    if decision.strategy == "single" and not plan.why:
        return None
    return PlanView(
        strategy=decision.strategy,
        models=plan.models,
        thresholds=plan.thresholds,
        method=plan.method,
        judge=plan.judge,
        checks=plan.checks,
        delay_ms=plan.delay_ms,
        why=plan.why,
    )


def what_if(step: DecisionStep, others: Sequence[Other] = ()) -> tuple[tuple[str, str], ...]:
    """The same ask, on the same candidates, under each other mode, then each other policy."""
    outcomes: list[tuple[str, str]] = []
    for mode in MODES:
        if mode != step.decision.mode:
            policy = dataclasses.replace(step.policy, mode=mode)
            ask = dataclasses.replace(step.ask, mode=mode)
            outcomes.append((mode, _outcome(step, ask, policy)))
    for other in others:
        if other.name != step.policy.name:
            told = _outcome(step, step.ask, other.over(step.policy))
            outcomes.append((f"policy {other.name}", told))
    return tuple(outcomes)


def _outcome(step: DecisionStep, ask: Ask, policy: Policy) -> str:
    decision = decide(ask, step.candidates, step.budget, policy, step.around)
    first = decision.order[0].model if decision.order else "none"
    return f"{first}: {decision.because}"


def measurements(ask: Ask) -> dict[str, Any]:
    """By name, for showing."""
    return dataclasses.asdict(ask)


def explain(record: DecisionRecord, replay: Replay, others: Sequence[Other] = ()) -> Why:
    """Everything about one decision; `others` are policies that might have decided it."""
    return Why(
        request=record.view,
        ask=measurements(record.ask),
        steps=tuple(map(step_view, record.steps)),
        engine_version=record.steps[0].decision.engine_version if record.steps else "",
        replay=replay,
        what_if=what_if(record.steps[0], others) if record.steps else (),
    )
