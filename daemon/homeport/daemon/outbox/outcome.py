"""What a sending came to: the move that follows from what a door gave. Pure."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from homeport.daemon.outbox import moves
from homeport.daemon.outbox.errand import Errand
from homeport.daemon.outbox.item import Item, Kept
from homeport.daemon.outbox.items import Move
from homeport.daemon.outbox.posting import NeedsTheLink, Posted
from homeport.policies.errors import HomeportError

FIRST_WAIT_MS: Final = 5_000
MOST_SENDINGS: Final = 8
"""A prompt that was turned away so often has failed."""
FINAL_KINDS: Final = frozenset(
    {"rejected", "content_refused", "context_overflow", "unsupported", "missing"}
)
"""Failures that will be the same tomorrow."""
OVER_BUDGET_MS: Final = 60_000


def move_after(posted: Posted, errand: Errand, tries: int, now_ms: int, chance: float) -> Move:
    """What becomes of the item; `chance`, 0 to 1, spreads tries that would come together.

    1. there is an answer
    2. it left, and nobody knows what became of it, but for a server that knows it again
    3. it has to wait for the link
    4. it would be the same tomorrow
    5. it is tried again
    """
    error, view = posted.error, errand.view
    cost_nano = view.cost_nano if view else None
    known: dict[str, Any] = {
        "decision": view.id if view else (error.decision if error else ""),
        "status": posted.status,
        "cost_nano": cost_nano,
    }
    if error is None:
        model = view.model if view else ""
        return partial(
            moves.answered, answer=posted.body, now_ms=now_ms, **known, answered_by=model
        )
    next_ms = now_ms + wait_ms(error, tries, chance)
    if errand.unsure:
        sentence = f"{errand.unsure.rstrip('.')}. {moves.CUT_OFF}."
        unknown: dict[str, Any] = {"sentence": sentence, "now_ms": now_ms, "cost_nano": cost_nano}
        if errand.is_known and tries + 1 < MOST_SENDINGS:
            return partial(moves.asks_again, next_ms=next_ms, **unknown)
        return partial(moves.cut_off, **unknown)
    if isinstance(error, NeedsTheLink):
        return partial(moves.needs_the_link, sentence=error.sentence)
    if is_final(error, errand, tries):
        if errand.pinned:
            sentence = f"{error.sentence.rstrip('.')}. {moves.CUT_OFF}."
            return partial(moves.cut_off, sentence=sentence, now_ms=now_ms, cost_nano=cost_nano)
        return partial(
            moves.failed, answer=posted.body, now_ms=now_ms, **known, sentence=error.sentence
        )
    return partial(moves.waits, sentence=error.sentence, next_ms=next_ms, now_ms=now_ms)


def charged_once(posted: Posted, errand: Errand, item: Item) -> tuple[str, ...]:
    """Requests of earlier sendings that are paid for with the answer: its server knew them to be
    the same, and said what it charged. Empty where that is not known."""
    view = errand.view
    if posted.error is not None or view is None or not (errand.pinned and view.certain):
        return ()
    answered = [one.model for one in view.attempts if one.outcome == "done"]
    return item.unsettled if answered == [errand.pinned] else ()


def is_final(error: HomeportError, errand: Errand, tries: int) -> bool:
    """Whether to try again would be no use."""
    if error.code == "internal_error" or error.blame == "caller":
        return True
    if error.blame == "policy" and error.code != "over_budget":
        return True
    return errand.last in FINAL_KINDS or (errand.left and tries + 1 >= MOST_SENDINGS)


def wait_ms(error: HomeportError, tries: int, chance: float) -> int:
    """Twice as long each time, up to an hour, and never before a server said."""
    longest = min(moves.LONGEST_WAIT_MS, FIRST_WAIT_MS << min(tries, 16))
    waited = round(longest * (0.5 + chance / 2))
    if error.code == "over_budget":
        waited = max(waited, OVER_BUDGET_MS)
    told = (error.retry_after_s or 0) * 1000
    return min(moves.LONGEST_WAIT_MS, max(waited, told))


def interrupted(model: str) -> str:
    """Of an item that a daemon which died had sent."""
    return f"The daemon ended while {model} was asked. {moves.CUT_OFF}; it is booked at its worst."


def at_worst(kept: Kept, now_ms: int, booked: dict[str, int]) -> Kept:
    """The move of such an item: it is asked again where its server knows it."""
    item = kept.item
    sentence = interrupted(item.answered_by)
    return moves.asks_again(kept, sentence, now_ms, now_ms, booked.get(item.decision))
