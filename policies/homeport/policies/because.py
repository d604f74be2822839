"""The one sentence of a decision, short enough for a row of the feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.policies.gates import GATES, VECTORS, is_late
from homeport.policies.model import Candidate, Place, Scorecard, Veto
from homeport.policies.modes import GOOD_ENOUGH
from homeport.policies.pacing import is_turned
from homeport.policies.sentences import dollars
from homeport.policies.situation import Situation
from homeport.policies.successor import FAILED

_RANK: Mapping[str, int] = {name: number for number, (name, _) in enumerate(GATES)}

# Why the cloud does not answer, by the gate that its best candidate got to.
_CLOUD: Mapping[str, str] = {
    "rule": "a rule keeps it here",
    "link": "offline: cloud unreachable",
    "key": "no cloud key: stays here",
    "state": "cloud model unavailable: stays here",
    "context": "fits here",
    "capability": "fits here, not in the cloud",
    "held": "fits here, not in the cloud",
    "breaker": "cloud is failing: stays here",
    "rate": "cloud is at its rate limit: stays here",
    "queue": "too many wait for the cloud: stays here",
    "price": "cloud price unknown: stays here",
    "deadline": "cloud is too slow: stays here",
    "max_cost": "cloud is over the cost limit: stays here",
    "budget": "over budget: goes on at home",
}

# Why home does not answer, by the gate that its best candidate got to.
_HOME: Mapping[str, str] = {
    "rule": "a rule sends it out",
    "link": "nothing at home can be reached",
    "key": "nothing at home takes its key",
    "state": "no model is ready here",
    "battery": "the battery runs low",
    "memory": "no model fits into memory here",
    "capability": "no model here can do it",
    "held": "no model here can read all of it",
    "continuation": "no model here can go on with the answer",
    "breaker": "models here keep failing",
    "rate": "models here are at their limit",
    "queue": "too many wait for the models here",
    "deadline": "too slow here",
}


def because(
    order: Sequence[Scorecard],
    vetoes: Sequence[Veto],
    candidates: Mapping[str, Candidate],
    situation: Situation,
) -> str:
    """Why the first of the order is first, or why nothing may answer."""
    if not order:
        return _nothing(vetoes, situation)
    reason = _best_first(order, vetoes, candidates, situation)
    if is_late(candidates[order[0].model], situation.ask.deadline_ms):
        return f"{reason}; it may start too late"
    return reason


def _best_first(
    order: Sequence[Scorecard],
    vetoes: Sequence[Veto],
    candidates: Mapping[str, Candidate],
    situation: Situation,
) -> str:
    best = order[0]
    if situation.history:
        return _after_failure(best, situation)
    if situation.ask.only:
        return "asked for this answer"
    reason = _asked(best, vetoes, situation) or _home_rule(best, candidates, situation)
    if reason is None:
        if best.place == "cloud":
            reason = _trip(order, vetoes, candidates, situation)
        else:
            reason = _stay(order, vetoes, candidates, situation)
    if candidates[best.model].card.demonstration:
        return f"{reason} (demonstration model)"
    return reason


def _nothing(vetoes: Sequence[Veto], situation: Situation) -> str:
    if not vetoes:
        return "no model is here yet: `homeport models add` gets one"
    refuse = situation.ruling.orders.refuse
    if refuse:
        return f"the rule `{situation.ruling.author('refuse').rule}` refuses: {refuse}"
    tries = len(situation.history)
    start = f"gave up after {tries} {'try' if tries == 1 else 'tries'}" if tries else ""
    nearest = _closest(_of_the_only_one(vetoes, situation) or vetoes)
    if nearest.gate in ("attempts", "limit"):
        return f"{start}: {nearest.reason}" if start else nearest.reason
    start = start or (f"{situation.stays_home}: " if situation.stays_home else "") + (
        "nothing may answer"
    )
    return f"{start}; closest was {nearest.model}: {nearest.reason}"


def _of_the_only_one(vetoes: Sequence[Veto], situation: Situation) -> list[Veto]:
    """Embeddings are made by the model that was named: why others may not says nothing."""
    if VECTORS.isdisjoint(situation.ask.needs):
        return []
    return [veto for veto in vetoes if veto.model == situation.wish.name]


def _after_failure(best: Scorecard, situation: Situation) -> str:
    last = situation.history[-1]
    verb = "goes on" if situation.ask.answer_tokens else "answers"
    who = "it is tried once more" if best.model == last.model else f"{best.model} {verb}"
    return f"{last.model} {FAILED[last.kind]}: {who}"


def _asked(best: Scorecard, vetoes: Sequence[Veto], situation: Situation) -> str | None:
    """1. what was named answers; 2. it may not; 3. it is not known here."""
    asked = situation.wish
    if asked.kind not in ("pinned", "preferred"):
        return None
    if best.model in asked.ids:
        return "asked for by name"
    named = [veto for veto in vetoes if veto.model in asked.ids]
    if named:
        return f"{asked.name} was asked for, but {_lowered(_closest(named).reason)}"
    return f"{asked.name} is not offered here: answered by the best permitted"


def _home_rule(
    best: Scorecard, candidates: Mapping[str, Candidate], situation: Situation
) -> str | None:
    if situation.stays_home:
        if best.place == "lan":
            host = candidates[best.model].card.host
            return f"{situation.stays_home}: goes no farther than {host}, which you trust"
        return f"{situation.stays_home}: stays here"
    if situation.mode == "cloud-only" or situation.wish.kind == "cloud":
        return "the cloud was asked for"
    return None


def _stay(
    order: Sequence[Scorecard],
    vetoes: Sequence[Veto],
    candidates: Mapping[str, Candidate],
    situation: Situation,
) -> str:
    """Why an answer from here (or from the person's own network) is best."""
    best = order[0]
    if "cloud" in [card.place for card in order]:
        if _is_turned(order, situation):
            return "the cloud keeps to its pace: stays here"
        if best.quality >= GOOD_ENOUGH:
            return "fits here, good enough"
        return "the trip would gain too little"
    barred = [veto for veto in vetoes if candidates[veto.model].card.place == "cloud"]
    if not barred:
        return "fits here"
    nearest = _closest(barred)
    if nearest.gate == "link" and candidates[nearest.model].link == "offline-by-choice":
        return "offline by choice: stays here"
    return _CLOUD.get(nearest.gate, "fits here")


def _trip(
    order: Sequence[Scorecard],
    vetoes: Sequence[Veto],
    candidates: Mapping[str, Candidate],
    situation: Situation,
) -> str:
    """Why an answer from the cloud is best."""
    best = order[0]
    home = next((card for card in order if card.place != "cloud"), None)
    if home is not None:
        if _is_turned(order, situation):
            return f"the cloud has its turn, about {dollars(best.cost_nano)}"
        return f"worth the trip: {_gain(best, home)}, about {dollars(best.cost_nano)}"
    places: tuple[Place, ...] = ("local", "lan")
    barred = [veto for veto in vetoes if candidates[veto.model].card.place in places]
    if not barred:
        return "no model is here: goes to the cloud"
    nearest = _closest(barred)
    if nearest.gate == "context":
        holds = candidates[nearest.model].card.context or 0
        return f"needs {situation.context_needed:,} tokens of context; {holds:,} fit here"
    return _HOME.get(nearest.gate, "nothing here may answer")


def _gain(best: Scorecard, home: Scorecard) -> str:
    """What speaks most plainly for an answer from the cloud."""
    if best.quality > home.quality:
        return f"quality {best.quality:.2f}, {home.quality:.2f} here"
    ours, its = dict(home.terms), dict(best.terms)
    if its.get("waiting", 0.0) > ours.get("waiting", 0.0):
        return "faster than here"
    if its.get("rule", 0.0) > ours.get("rule", 0.0):
        return "a rule prefers it"
    if its.get("place", 0.0) > ours.get("place", 0.0):
        return "the mode prefers the cloud"
    return "more to be relied on than here"


def _is_turned(order: Sequence[Scorecard], situation: Situation) -> bool:
    """The pace put the first there: not where it has no say, and the first is worth the most."""
    if not situation.is_paced and max([card.utility for card in order]) <= order[0].utility:
        return False
    return is_turned(order)


def _closest(vetoes: Sequence[Veto]) -> Veto:
    """The veto of the candidate that got farthest through the gates."""
    return min(vetoes, key=lambda veto: (-_RANK.get(veto.gate, len(_RANK)), veto.model))


def _lowered(sentence: str) -> str:
    """A sentence as the second half of another."""
    return (sentence[0].lower() + sentence[1:]).removesuffix(".")
