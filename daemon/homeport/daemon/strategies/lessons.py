"""What the checks of an answer teach about its model.

A failed check says more than one that was passed: an answer that does not refuse may
still be wrong. So each verdict is believed as far as it tells right from wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from homeport.daemon.learning.outcome import Outcome, Source
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import Held
from homeport.policies.model import CheckKind, Verdict

BELIEVED: Mapping[tuple[CheckKind, bool], float] = {
    ("refusal", False): 1.0,
    ("truncation", False): 0.5,
    ("schema", False): 1.0,
    ("schema", True): 0.2,
    ("arithmetic", False): 0.8,
    ("arithmetic", True): 0.2,
    ("code", False): 1.0,
    ("code", True): 0.1,
    ("tests", False): 1.0,
    ("tests", True): 1.0,
    ("second-sample", False): 0.4,
    ("second-sample", True): 0.4,
    ("second-model", False): 0.4,
    ("second-model", True): 0.4,
}
"""How far a verdict is believed. What is not here teaches nothing: that an answer does not
refuse, and a confidence, which is itself learned from outcomes."""
AGREEING = frozenset({"second-sample", "second-model"})


def note_verdict(request: Request, rooms: Rooms, answer: Held, verdict: Verdict) -> None:
    """Tell the learning what a check made of an answer."""
    if verdict.passed is None:
        return
    weight = BELIEVED.get((verdict.check, verdict.passed))
    if weight is not None:
        source: Source = "agreement" if verdict.check in AGREEING else "check"
        note(request, rooms, answer, source, good=float(verdict.passed), weight=weight)


def note(
    request: Request,
    rooms: Rooms,
    answer: Held,
    source: Source,
    *,
    good: float,
    weight: float | None = None,
) -> None:
    """One judgement of one answer."""
    attempt, view = answer.branch.answered, answer.branch.view
    if attempt is None:
        return
    outcome = Outcome(
        at_ms=rooms.clock_ms(),
        decision=request.id,
        model=attempt.card.id,
        task=request.ask.task,
        difficulty=request.ask.difficulty,
        source=source,
        good=good,
        weight=weight,
        raw=view.raw_confidence,
        signals=view.signals,
        answer=request.branches.index(answer.branch),
    )
    rooms.learned.note(outcome, attempt.card)
