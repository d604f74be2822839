"""What an admitted candidate is worth: named terms that sum to its utility."""

from __future__ import annotations

from homeport.policies.gates import starts_in_ms
from homeport.policies.model import Candidate, Scorecard
from homeport.policies.modes import GOOD_ENOUGH, PLACE_PREFERENCE
from homeport.policies.quick import maker
from homeport.policies.rounding import to_four_places
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
    card, quality = candidate.card, candidate.quality
    if not 0.0 <= quality <= 1.0:
        quality = _within(quality)
    terms = _terms(candidate, quality, situation)
    utility = 0.0
    for _, part in terms:
        utility += part
    return _scorecard(
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


_scorecard = maker(Scorecard)


def _terms(
    candidate: Candidate, quality: float, situation: Situation
) -> tuple[tuple[str, float], ...]:
    card, ask, weights = candidate.card, situation.ask, situation.weights
    parts = [
        ("quality", to_four_places(weights.quality * quality)),
        ("money", _money(candidate.cost_nano or 0, weights.budget)),
        ("waiting", _waiting(candidate, situation)),
    ]
    place = PLACE_PREFERENCE[situation.mode][card.place]
    if place:
        near = quality / GOOD_ENOUGH
        parts.append(("place", round(place * near, 4) if near < 1.0 else place))
    if card.demonstration:
        parts.append(("demonstration", DEMONSTRATION))
    if (candidate.reliability != 1.0 or candidate.breaker != "closed") and (
        doubt := _doubt(candidate)
    ):
        parts.append(("reliability", doubt))
    if candidate.total_ms > ask.deadline_ms:
        parts.append(("deadline", LATE))
    prefer, named = situation.ruling.orders.prefer, situation.wish.ids
    if prefer and names(prefer, card):
        parts.append(("rule", PREFERRED))
    if situation.is_paced and (pace := _pace(candidate, situation)):
        parts.append(("pace", pace))
    if named and card.id in named:
        parts.append(("requested", REQUESTED))
    if ask.answer_tokens > 0 and not card.continues:
        parts.append(("continuation", RETOLD))
    if situation.history:
        parts += _after_failure(candidate, quality, situation)
    return tuple(parts)


def _after_failure(
    candidate: Candidate, quality: float, situation: Situation
) -> list[tuple[str, float]]:
    parts: list[tuple[str, float]] = []
    if late := lateness(candidate, situation):
        parts.append(("successor", UNSUITED * late))
    if lost := _tiers_lost(quality, situation):
        parts.append(("tier", round(TIER_LOST * lost, 4)))
    return parts


def _tiers_lost(quality: float, situation: Situation) -> int:
    kind = situation.history[-1].kind
    return tiers_lost(situation.ask.task, situation.failed_last, quality, kind)


def _money(cost_nano: int, weight: float) -> float:
    """Saturates: the step from 1 to 2 cents weighs more than the one from 51 to 52."""
    if cost_nano <= 0 or weight <= 0:
        return 0.0
    return -to_four_places(weight * cost_nano / (cost_nano + HALF_MONEY_NANO))


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
    total, ask = candidate.total_ms, situation.ask
    felt = total if total > 0 else 0
    if ask.streams:
        start = candidate.wait_ms + candidate.load_ms + candidate.first_token_ms
        felt = ((start if 0 < start < felt else 0 if start <= 0 else felt) + felt) // 2
    half = HALF_WAIT_MS * (BATCH_PATIENCE if ask.urgency == "batch" else 1)
    return 0.0 - to_four_places(situation.weights.latency * felt / (felt + half))


def _within(quality: float) -> float:
    """A chance between 0 and 1; what is not a number is no chance."""
    if 0.0 <= quality <= 1.0:
        return quality
    return 1.0 if quality > 1.0 else 0.0


def _note(candidate: Candidate, quality: float, situation: Situation) -> str:
    left, total = situation.ask.deadline_ms, candidate.total_ms
    if candidate.wait_ms + candidate.load_ms + candidate.first_token_ms > left:
        start = duration(starts_in_ms(candidate))
        return f"The last one that is left: it may start too late, in {start}."
    if candidate.card.demonstration:
        return "A demonstration model, too small to be relied on."
    if total > left:
        return f"May not be done in time: it would take {duration(total)}."
    if candidate.breaker == "half-open":
        return "It failed lately, and is tried again."
    able = "Good enough" if quality >= GOOD_ENOUGH else "Weak at this"
    pay = f"about {dollars(candidate.cost_nano)}" if candidate.cost_nano else "free"
    load = f", after {duration(candidate.load_ms)} of loading" if candidate.load_ms else ""
    kept = _kept(candidate) if candidate.warm_tokens > 0 else ""
    return f"{able}, {pay}{load}{kept}."


def _kept(candidate: Candidate) -> str:
    """What its cache holds, as the end of a sentence."""
    return f"; its prompt cache holds {candidate.warm_tokens:,} tokens of this conversation"
