"""What a person says of an answer, as an `Outcome`. The texts of an edit go no further than here.

How much of an answer was kept is Sorensen and Dice's coefficient of its pairs of
neighbouring words and those of the edited text: 1 where nothing was changed, 0
where nothing was kept. It is computed here, from both texts, which are then
dropped; a program that would rather send no text sends the number itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from homeport.client.wire import AttemptView, FeedbackRequest
from homeport.daemon.learning.outcome import Outcome
from homeport.daemon.storage.decision_record import DecisionRecord
from homeport.policies.errors import BadRequest
from homeport.policies.model import ModelCard

UP, DOWN = 1.0, 0.0


def judged_outcome(
    record: DecisionRecord, order: FeedbackRequest, at_ms: int
) -> tuple[Outcome, ModelCard]:
    """The outcome, and the card of the model as it answered. Raises `BadRequest`."""
    view, model = record.view, answering_model(record, order.answer)
    card = card_in(record, model)
    own = view.model == model
    outcome = Outcome(
        at_ms=at_ms,
        decision=view.id,
        model=model,
        task=record.ask.task,
        difficulty=record.ask.difficulty,
        source="edit" if order.verdict == "edit" else "thumb",
        good=goodness(order),
        raw=view.raw_confidence if own else None,
        signals=view.signals if own else (),
        answer=place_of(record, model) if order.answer is None else order.answer,
    )
    return outcome, card


def goodness(order: FeedbackRequest) -> float:
    """0 to 1. Raises `BadRequest` for an edit that does not say how much was kept."""
    if order.verdict != "edit":
        return UP if order.verdict == "up" else DOWN
    if order.similarity is not None:
        if not 0.0 <= order.similarity <= 1.0:
            raise BadRequest("`similarity` must be from 0 to 1.", param="similarity")
        return order.similarity
    if order.original is None or order.edited is None:
        raise BadRequest(
            "An edit needs `original` and `edited`, or their `similarity` from 0 to 1: no answer"
            " is kept here to compare with.",
            param="similarity",
        )
    return similarity(order.original, order.edited)


def answering_model(record: DecisionRecord, answer: int | None) -> str:
    """Whose answer is judged: the request's own, or the one of this number. Raises `BadRequest`."""
    view = record.view
    if view.cache is not None and view.cache.of and view.state == "done":
        return view.model
    whole = [attempt for attempt in view.attempts if attempt.outcome == "done"]
    if not whole or not view.model:
        raise BadRequest(f"Nothing was answered whole at {view.id}, so there is nothing to judge.")
    if answer is None:
        if view.strategy == "compare" and len(whole) > 1:
            raise BadRequest(
                f"{len(whole)} answers were given side by side: say which one is meant, counted "
                f"from 0 ({', '.join(one.model for one in whole)}).",
                param="answer",
            )
        return view.model
    return numbered(whole, answer).model


def place_of(record: DecisionRecord, model: str) -> int:
    """The number of the answer that was given among the whole ones, so that it is the same answer
    whether it is judged by its number or without."""
    whole = [one.model for one in record.view.attempts if one.outcome == "done"]
    return whole.index(model) if model in whole else 0


def numbered(whole: list[AttemptView], answer: int) -> AttemptView:
    """One of several whole answers. Raises `BadRequest`."""
    if not 0 <= answer < len(whole):
        count = "is one whole answer" if len(whole) == 1 else f"are {len(whole)} whole answers"
        raise BadRequest(f"There {count}, counted from 0: no number {answer}.", param="answer")
    return whole[answer]


def card_in(record: DecisionRecord, model: str) -> ModelCard:
    """Of the model as it was when it answered. Raises `BadRequest`."""
    for step in record.steps:
        for candidate in step.candidates:
            if candidate.card.id == model:
                return candidate.card
    raise BadRequest(f"The measurements of {record.view.id} were not kept, so it teaches nothing.")


def similarity(original: str, edited: str) -> float:
    """How much of one text is in the other, 0 to 1."""
    kept, made = Counter(word_pairs(original)), Counter(word_pairs(edited))
    both = kept.total() + made.total()
    return 1.0 if not both else 2.0 * (kept & made).total() / both


def word_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Neighbouring words, its beginning and its end counting as words; none of an empty text."""
    words = text.split()
    return pairwise(["", *words, ""]) if words else iter(())
