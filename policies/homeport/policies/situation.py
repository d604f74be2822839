"""Everything a gate or a term may look at besides the candidate itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.policies.model import (
    Ask,
    Budget,
    Candidate,
    Failure,
    Mode,
    ModelCard,
    Place,
    Policy,
    Weights,
)
from homeport.policies.modes import weights_of
from homeport.policies.quick import placer, quick
from homeport.policies.requested import MODES, Resolution, wish
from homeport.policies.rules.rule import NO_RULING, NOWHERE, Ruling, Surroundings

DISTANCE: Mapping[Place, int] = {"local": 0, "lan": 1, "cloud": 2}


@quick(frozen=True, slots=True, kw_only=True)
class Situation:
    """One ask, with what was worked out once for all of its candidates."""

    ask: Ask
    budget: Budget
    policy: Policy
    mode: Mode
    wish: Resolution
    stays_home: str
    """Why nothing may leave: `private`, `local-only`, `local`; empty where it may."""
    farthest: int
    """Distance that a fallback of a pinned model may have."""
    weights: Weights
    context_needed: int
    """Tokens: the input, the answer so far and what is expected to follow."""
    history: tuple[Failure, ...]
    failed: Mapping[str, ModelCard]
    """Cards of the models in the history, where they are still known."""
    failed_total_ms: int | None
    """Predicted time of the model that failed last."""
    failed_last: Candidate | None = None
    """The model that failed last, as it stands, where it is still known."""
    ruling: Ruling = NO_RULING
    around: Surroundings = NOWHERE
    named: frozenset[str] | None = None
    """Ids that the caller named to be among those asked; None where nobody was named."""
    is_paced: bool = False
    """The pace of the budget has a say: nobody was named, and nothing has failed."""


def situation_of(
    ask: Ask,
    candidates: Sequence[Candidate],
    budget: Budget,
    policy: Policy,
    history: Sequence[Failure],
    ruling: Ruling = NO_RULING,
    around: Surroundings = NOWHERE,
) -> Situation:
    """Work out what is the same for every candidate."""
    asked = wish(ask.requested_model, candidates, policy)
    mode = _mode(ask, asked, policy, ruling)
    failed = _failed(candidates, history) if history else {}
    last = failed.get(history[-1].model) if history else None
    pace = budget.pace
    return _situation(
        ask,
        budget,
        policy,
        mode,
        asked,
        _stays_home(ask, mode, asked),
        _farthest(candidates, asked),
        weights_of(mode, policy, ask.weights),
        _context_needed(ask),
        tuple(history),
        {model: candidate.card for model, candidate in failed.items()} if failed else {},
        last.total_ms if last else None,
        last,
        ruling,
        around,
        _named(ask, candidates, policy) if ask.options.models else None,
        not asked.ids and not history and bool(pace.money or pace.call),
    )


_situation = placer(Situation)


def _mode(ask: Ask, asked: Resolution, policy: Policy, ruling: Ruling) -> Mode:
    """The person's `local-only` binds every program; any other mode is a default, a rule's
    before the policy's."""
    ruled = None
    if ruling.orders.mode:
        ruled = next((mode for mode in MODES if mode == ruling.orders.mode), None)
    if "local-only" in (policy.mode, ruled):
        return "local-only"
    return ask.mode or asked.mode or ruled or policy.mode


def _stays_home(ask: Ask, mode: Mode, asked: Resolution) -> str:
    if ask.privacy == "private":
        return "private"
    if mode == "local-only":
        return "local-only"
    return "local" if asked.kind == "local" else ""


def _named(ask: Ask, candidates: Sequence[Candidate], policy: Policy) -> frozenset[str] | None:
    """What the names of a caller mean, its judge's among them; None where one is any model."""
    judge = (ask.options.judge,) if ask.options.judge else ()
    found: set[str] = set()
    for name in (*ask.options.models, *judge):
        meant = wish(name, candidates, policy)
        if meant.kind == "any":
            return None
        if meant.kind in ("local", "cloud"):
            away = meant.kind == "cloud"
            found |= {c.card.id for c in candidates if (c.card.place == "cloud") is away}
        found |= set(meant.ids)
    return frozenset(found)


def _farthest(candidates: Sequence[Candidate], asked: Resolution) -> int:
    if asked.kind != "pinned":
        return DISTANCE["cloud"]
    return next(DISTANCE[c.card.place] for c in candidates if c.card.id == asked.name)


def _context_needed(ask: Ask) -> int:
    begun = ask.answer_tokens
    read = ask.longest_tokens or ask.input_tokens
    return read + begun + max(1, ask.output_tokens - begun)


def _failed(candidates: Sequence[Candidate], history: Sequence[Failure]) -> dict[str, Candidate]:
    names = {failure.model for failure in history}
    return {c.card.id: c for c in candidates if c.card.id in names}
