"""After a failure: who may still be tried, and who first.

The kind of the failure decides. Each failure of the history excludes some
candidates for good; the last one also puts some behind the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from homeport.policies.model import Candidate, Failure, FailureKind, ModelCard
from homeport.policies.situation import DISTANCE, Situation

# What is said of a model that failed: "ollama/qwen3:8b <words>".
FAILED: Mapping[FailureKind, str] = {
    "refused": "could not be reached",
    "connect_timeout": "could not be reached in time",
    "first_token_timeout": "did not start in time",
    "stall": "went quiet",
    "reset": "broke the connection",
    "truncated": "ended too early",
    "garbage": "sent nonsense",
    "bad_call": "wrote a tool call that cannot be used",
    "unauthorized": "refused the key",
    "rate_limited": "is over its rate limit",
    "overloaded": "is overloaded",
    "rejected": "rejected the request",
    "context_overflow": "holds too little context",
    "content_refused": "refused the content",
    "unsupported": "cannot do what this needs",
    "missing": "is not there",
    "worker_died": "died",
    "out_of_memory": "ran out of memory",
    "link_lost": "was cut off",
    "deadline": "ran out of time",
    "budget": "used up its money",
    "egress": "may not be reached",
}

# Tried once more: a fresh worker or connection, or a model that is told what was
# wrong with its call, may well do it. The first kind
# is tried again before any other model, the others after all of them, a while later: an
# answer that had begun is gone on with; where nothing of it had come, the provider may
# have charged for it all the same, and only what costs nothing is asked anew.
AGAIN_FIRST: frozenset[FailureKind] = frozenset({"worker_died", "bad_call"})
AGAIN_LAST: frozenset[FailureKind] = frozenset({"reset", "truncated"})
# Tried once more after all others, a while later: nothing of an answer had come,
# and no work was begun that might be charged.
AGAIN_LATER: frozenset[FailureKind] = frozenset(
    {"refused", "connect_timeout", "rate_limited", "overloaded"}
)
NO_ROOM = (429, 503, 529)
"""Statuses of a server that began nothing; other errors of a server say less."""

# The provider, not the model, said no: its other models would say the same.
PROVIDER_SAID_NO: frozenset[FailureKind] = frozenset(
    {"unauthorized", "content_refused", "rejected", "egress"}
)


def excluded(candidate: Candidate, situation: Situation) -> str | None:
    """Why this candidate may not be tried any more, as a sentence; None where it may."""
    for failure in situation.history:
        reason = _excluded_by(failure, candidate, situation)
        if reason:
            return reason
    return None


def lateness(candidate: Candidate, situation: Situation) -> int:
    """0 for the candidates that suit the last failure, 1 for those that come after them,
    2 for a second try of the same model."""
    if not situation.history:
        return 0
    last = situation.history[-1]
    if candidate.card.id == last.model:
        return 0 if last.kind in AGAIN_FIRST else 2
    if any(f.model == candidate.card.id for f in situation.history):
        return 2
    if last.kind in AGAIN_FIRST and _may_go_again(last, situation.history):
        return 1
    suits = _SUITS.get(last.kind)
    return 0 if suits is None or suits(candidate, last, situation) else 1


def _excluded_by(failure: Failure, candidate: Candidate, situation: Situation) -> str | None:
    card = candidate.card
    if card.id == failure.model:
        again = _may_go_again(failure, situation.history)
        if again and not _charges_twice(failure, candidate):
            return None
        return f"It was tried for this prompt and {FAILED[failure.kind]}."
    if failure.kind in PROVIDER_SAID_NO and card.provider == _provider(failure, situation):
        if failure.kind == "rejected" and card.place == "local":
            return None  # an engine at home judges by the model, not by the account
        return f"{card.provider} {FAILED[failure.kind]} for this prompt with {failure.model}."
    if failure.kind == "context_overflow":
        return _too_small(failure, card, situation)
    if failure.kind == "budget" and candidate.worst_cost_nano != 0:
        return "The money set aside for this prompt is used up; only free models may go on."
    if failure.kind == "deadline":
        return "The time for this prompt is used up."
    return None


def _may_go_again(failure: Failure, history: tuple[Failure, ...]) -> bool:
    kind = failure.kind
    if kind not in AGAIN_FIRST and kind not in AGAIN_LAST and not is_a_start(failure):
        return False
    return sum(f.model == failure.model for f in history) == 1


def _charges_twice(failure: Failure, candidate: Candidate) -> bool:
    """Whether nothing came of an attempt that may have been charged, and another one is too."""
    begun = failure.kind not in AGAIN_LAST or failure.sent_tokens
    return not begun and candidate.worst_cost_nano != 0


def is_tried_later(failure: Failure) -> bool:
    """Whether its model, where it may be tried again, is so after a while."""
    return failure.kind in AGAIN_LAST or is_a_start(failure)


def is_a_start(failure: Failure) -> bool:
    """Whether the attempt can be made again as if it had not been: nothing had begun."""
    if failure.kind not in AGAIN_LATER or failure.sent_tokens:
        return False
    return failure.status is None or failure.status in NO_ROOM


def _too_small(failure: Failure, card: ModelCard, situation: Situation) -> str | None:
    failed = situation.failed.get(failure.model)
    if failed is None or failed.context is None or card.context is None:
        return None
    if card.context > failed.context:
        return None
    return (
        f"The prompt overflowed {failure.model}, which holds {failed.context:,} tokens; "
        f"this one holds {card.context:,}."
    )


def _provider(failure: Failure, situation: Situation) -> str:
    card = situation.failed.get(failure.model)
    return card.provider if card else failure.model.partition("/")[0]


def _faster(candidate: Candidate, _failure: Failure, situation: Situation) -> bool:
    before = situation.failed_total_ms
    return before is None or candidate.total_ms < before


def _smaller(candidate: Candidate, failure: Failure, situation: Situation) -> bool:
    failed = situation.failed.get(failure.model)
    if candidate.card.place != "local" or failed is None:
        return True
    mine, its = _footprint(candidate.card), _footprint(failed)
    return mine is not None and its is not None and mine < its


def _footprint(card: ModelCard) -> int | None:
    return card.memory_bytes if card.memory_bytes is not None else card.size_bytes


def _elsewhere(candidate: Candidate, failure: Failure, situation: Situation) -> bool:
    failed = situation.failed.get(failure.model)
    if failed is not None and failed.host:
        return candidate.card.host != failed.host
    return candidate.card.provider != _provider(failure, situation)


def _nearer(candidate: Candidate, failure: Failure, situation: Situation) -> bool:
    failed = situation.failed.get(failure.model)
    return DISTANCE[candidate.card.place] < (DISTANCE[failed.place] if failed else 2)


def _known_to_be_larger(candidate: Candidate, _failure: Failure, _situation: Situation) -> bool:
    return candidate.card.context is not None


_SUITS: Mapping[FailureKind, Callable[[Candidate, Failure, Situation], bool]] = {
    "first_token_timeout": _faster,
    "stall": _faster,
    "connect_timeout": _elsewhere,
    "refused": _elsewhere,
    "reset": _elsewhere,
    "truncated": _elsewhere,
    "rate_limited": _elsewhere,
    "overloaded": _elsewhere,
    "context_overflow": _known_to_be_larger,
    "out_of_memory": _smaller,
    "link_lost": _nearer,
}
