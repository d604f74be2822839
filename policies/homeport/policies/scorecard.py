"""What an admitted candidate is worth: named terms that sum to its utility."""

from __future__ import annotations

from homeport.policies.gates import is_late, starts_in_ms
from homeport.policies.model import Candidate, Scorecard
from homeport.policies.modes import GOOD_ENOUGH, PLACE_PREFERENCE
from homeport.policies.rules.judge import names
from homeport.policies.sentences import dollars, duration
from homeport.policies.situation import Situation
from homeport.policies.successor import lateness
from homeport.policies.tiers import tiers_lost

HALF_MONEY_NANO = 20_000_000
"""The cost (two cents) at which money weighs half of its most."""
HALF_WAIT_MS = 10_000
"""The wait at which waiting weighs half of its most."""
BATCH_PATIENCE = 4
"""How much longer a batch prompt may wait for the same weight."""
DEMONSTRATION = -0.25
PROBED = -0.1
UNRELIABLE = -0.3
"""Of a model none of whose attempts ends whole."""
LATE = -0.3
PREFERRED = 0.15
RETOLD = -0.2
"""Of a model that cannot be handed the beginning of an answer, and has to be told to go on."""
MOST_PACE = 4.0
"""What a pace may add or take: more than any difference of the terms above."""
# The two below outweigh all other terms together: what was asked for by name
# comes first, and what suits the last failure comes before what does not. Who asks
# for a model by its name is not paced, and nothing is after a failure.
REQUESTED = 4.0
UNSUITED = -10.0
TIER_LOST = -0.3
"""For each tier that a successor is below the model that failed."""


def score(candidate: Candidate, situation: Situation) -> Scorecard:
    """Its terms, their sum and a note. Only for a candidate that passed the gates."""
    card = candidate.card
    quality = _within(candidate.quality)
    terms = _terms(candidate, quality, situation)
    utility = 0.0
    for _, part in terms:
        utility += part
    return Scorecard(
        model=card.id,
        place=card.place,
        utility=round(utility, 9),
        quality=quality,
        cost_nano=candidate.cost_nano or 0,
        worst_cost_nano=candidate.worst_cost_nano or 0,
        total_ms=candidate.total_ms,
        terms=terms,
        note=_note(candidate, quality, situation),
    )


def _terms(
    candidate: Candidate, quality: float, situation: Situation
) -> tuple[tuple[str, float], ...]:
    weights = situation.weights
    parts = [
        ("quality", round(weights.quality * quality, 4)),
        ("money", _money(candidate.cost_nano or 0, weights.budget)),
        ("waiting", _waiting(candidate, situation)),
    ]
    place = PLACE_PREFERENCE[situation.mode][candidate.card.place]
    if place:
        parts.append(("place", round(place * min(1.0, quality / GOOD_ENOUGH), 4)))
    if candidate.card.demonstration:
        parts.append(("demonstration", DEMONSTRATION))
    if doubt := _doubt(candidate):
        parts.append(("reliability", doubt))
    if candidate.total_ms > situation.ask.deadline_ms:
        parts.append(("deadline", LATE))
    if situation.ruling.orders.prefer and names(situation.ruling.orders.prefer, candidate.card):
        parts.append(("rule", PREFERRED))
    named = situation.wish.ids
    if not named and not situation.history and (pace := _pace(candidate, situation)):
        parts.append(("pace", pace))
    if candidate.card.id in named:
        parts.append(("requested", REQUESTED))
    if situation.ask.answer_tokens > 0 and not candidate.card.continues:
        parts.append(("continuation", RETOLD))
    if situation.history and (late := lateness(candidate, situation)):
        parts.append(("successor", UNSUITED * late))
    if situation.history and (lost := _tiers_lost(quality, situation)):
        parts.append(("tier", round(TIER_LOST * lost, 4)))
    return tuple(parts)


def _tiers_lost(quality: float, situation: Situation) -> int:
    kind = situation.history[-1].kind
    return tiers_lost(situation.ask.task, situation.failed_last, quality, kind)


def _money(cost_nano: int, weight: float) -> float:
    """Saturates: the step from 1 to 2 cents weighs more than the one from 51 to 52."""
    if cost_nano <= 0 or weight <= 0:
        return 0.0
    return round(-weight * cost_nano / (cost_nano + HALF_MONEY_NANO), 4)


def _pace(candidate: Candidate, situation: Situation) -> float:
    """What the money and the call have to bring at the moment."""
    pace = situation.budget.pace
    due = pace.money * (candidate.cost_nano or 0)
    if candidate.card.place == "cloud":
        due += pace.call
    return round(-max(-MOST_PACE, min(MOST_PACE, due)), 6) + 0.0


def _doubt(candidate: Candidate) -> float:
    """What its failures of late take."""
    doubt = round(UNRELIABLE * (1.0 - _within(candidate.reliability)), 4)
    return doubt + PROBED if candidate.breaker == "half-open" else doubt


def _waiting(candidate: Candidate, situation: Situation) -> float:
    """A person who reads along waits for the first token and, half as much, for the rest."""
    total = max(0, candidate.total_ms)
    felt = total
    if situation.ask.streams:
        felt = (max(0, min(starts_in_ms(candidate), total)) + total) // 2
    half = HALF_WAIT_MS * (BATCH_PATIENCE if situation.ask.urgency == "batch" else 1)
    return round(-situation.weights.latency * felt / (felt + half), 4) + 0.0


def _within(quality: float) -> float:
    """A chance between 0 and 1; what is not a number is no chance."""
    if 0.0 <= quality <= 1.0:
        return quality
    return 1.0 if quality > 1.0 else 0.0


def _note(candidate: Candidate, quality: float, situation: Situation) -> str:
    if is_late(candidate, situation.ask.deadline_ms):
        start = duration(starts_in_ms(candidate))
        return f"The last one that is left: it may start too late, in {start}."
    if candidate.card.demonstration:
        return "A demonstration model, too small to be relied on."
    if candidate.total_ms > situation.ask.deadline_ms:
        return f"May not be done in time: it would take {duration(candidate.total_ms)}."
    if candidate.breaker == "half-open":
        return "It failed lately, and is tried again."
    able = "good enough" if quality >= GOOD_ENOUGH else "weak at this"
    pay = f"about {dollars(candidate.cost_nano)}" if candidate.cost_nano else "free"
    load = f", after {duration(candidate.load_ms)} of loading" if candidate.load_ms else ""
    return f"{able.capitalize()}, {pay}{load}{_kept(candidate)}."


def _kept(candidate: Candidate) -> str:
    """What its cache holds, as the end of a sentence."""
    if candidate.warm_tokens <= 0:
        return ""
    return f"; its prompt cache holds {candidate.warm_tokens:,} tokens of this conversation"
