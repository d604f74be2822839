"""One logged prompt under another policy, beside what was decided for it then.

Only the first decision of a prompt is made again: what would have failed after it
nobody knows. Pure, and the same for the same record each time: the other policy
draws no lot, and its share of the cloud is kept by a controller of its own, prompt
after prompt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from homeport.daemon.storage.decision_record import DecisionRecord, DecisionStep
from homeport.policies import decide
from homeport.policies.budget_controller import CALL, BudgetController
from homeport.policies.model import Decision, Mode, Pace, Policy, Scorecard, Weights
from homeport.policies.pacing import call_price, learned
from homeport.policies.rules.rule import Rule

Labels = Mapping[tuple[str, str], float]
"""How good the answer of a model was, 0 to 1, by decision and model, where it is known."""


class LeftOut(StrEnum):
    """Why a prompt is not compared."""

    NOT_LOGGED = "its measurements were not logged"
    VECTORS = "it asked for embeddings, which no policy sends elsewhere"
    OTHER_ENGINE = "this version decides it otherwise under the same policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """What another policy sets; the rest stays as it was logged."""

    name: str
    mode: Mode
    weights: Weights | None
    rules: tuple[Rule, ...]
    cloud_share: float | None = None

    def over(self, policy: Policy) -> Policy:
        """A logged policy with this one in the place of its rules."""
        return replace(
            policy, name=self.name, mode=self.mode, weights=self.weights, rules=self.rules,
            explore=0.0, cloud_share=self.cloud_share,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who comes first under a policy, as predicted. Without a model nothing may answer."""

    model: str = ""
    place: str = ""
    quality: float = 0.0
    cost_nano: int = 0
    total_ms: int = 0

    @classmethod
    def of(cls, card: Scorecard | None) -> Choice:
        """Of the first in an order."""
        if card is None:
            return cls()
        return cls(
            model=card.model,
            place=card.place,
            quality=card.quality,
            cost_nano=card.cost_nano,
            total_ms=card.total_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of the choice that was made; None is unknown."""

    cost_nano: int | None = None
    total_ms: int | None = None
    good: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One prompt under both policies."""

    usual: Choice
    """Of the policy then, without its lot."""
    made: Choice
    """What was really asked first."""
    other: Choice
    chance: float
    """With which the choice was made."""
    had_chance: bool
    """What the other policy chooses could have been chosen."""
    private: bool
    """The prompt was labelled so."""
    kept_home: bool
    """The policy then let nothing out, by its rules or its mode."""
    may_leave: bool
    """The other policy admits the cloud, first or as a fallback."""
    seen: Seen


class Redeciding:
    """Makes decision after decision again, the oldest first."""

    def __init__(self, other: Other, labels: Labels) -> None:
        self._other = other
        self._labels = labels
        share = other.cloud_share
        self._calls = None if share is None else BudgetController(round(share * CALL))

    def __repr__(self) -> str:
        return f"Redeciding({self._other.name}, {self._calls!r})"

    def compared(self, record: DecisionRecord) -> Compared | LeftOut:
        """The prompt under both policies, or why it is left out."""
        if not record.steps:
            return LeftOut.NOT_LOGGED
        step = record.steps[0]
        if not {"embeddings", "pooling"}.isdisjoint(step.ask.needs):
            return LeftOut.VECTORS
        then = decide(step.ask, step.candidates, step.budget, step.policy, step.around)
        if Choice.of(_first(then)) != Choice.of(_first(step.decision)):
            return LeftOut.OTHER_ENGINE
        other = self._decided(step)
        made, chosen = Choice.of(_first(then)), Choice.of(_first(other))
        usual = Choice.of(then.order[1]) if then.propensity < 0.5 else made
        tried = [card.model for card in then.order[: 2 if then.propensity < 1 else 1]]
        return Compared(
            usual=usual,
            made=made,
            other=chosen,
            chance=then.propensity,
            had_chance=chosen.model in tried or chosen == made,
            private=step.ask.privacy == "private",
            kept_home=_kept_home(then),
            may_leave=any(card.place == "cloud" for card in other.order),
            seen=_seen(record, made, self._labels),
        )

    def _decided(self, step: DecisionStep) -> Decision:
        """Who named a policy for a prompt keeps it."""
        ask = replace(step.ask, lot=None)
        if ask.policy:
            return decide(ask, step.candidates, step.budget, step.policy, step.around)
        pace = Pace(money=step.budget.pace.money, call=call_price(self._calls))
        budget = replace(step.budget, pace=pace)
        policy = self._other.over(step.policy)
        decision = decide(ask, step.candidates, budget, policy, step.around)
        if self._calls is not None:
            out = bool(decision.order) and decision.order[0].place == "cloud"
            self._calls = learned(self._calls, "calls", decision, out=out, cost_nano=0)
        return decision


def _first(decision: Decision) -> Scorecard | None:
    return decision.order[0] if decision.order else None


def _kept_home(decision: Decision) -> bool:
    """By a label, a rule or the mode, and not by chance."""
    kept = any(veto.gate in ("privacy", "mode") for veto in decision.vetoes)
    return kept or decision.ruling.orders.private or decision.mode == "local-only"


def _seen(record: DecisionRecord, made: Choice, labels: Labels) -> Seen:
    """Only of a prompt that the first choice answered alone."""
    view = record.view
    alone = len(view.attempts) == 1 and view.attempts[0].model == made.model
    good = labels.get((view.id, made.model))
    if not alone or view.state != "done":
        return Seen(good=good)
    return Seen(cost_nano=view.cost_nano, total_ms=view.total_ms, good=good)
