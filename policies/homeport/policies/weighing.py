"""What one of several answers weighs, so that one of them can be given.

    weight = 0.5 x confidence + 0.3 x capability + 0.2 x completeness + 0.1 x consensus

confidence: the calibrated chance that this answer is right; where nothing is calibrated,
the predicted quality of its model. capability: the predicted quality of its model for the
prompt. completeness: how much of what was asked it answers, and whether it is whole.
consensus, a bonus: the share of the other answers that say the same, or for free text how
much its words have in common with theirs. Each is from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.policies.quick import quick

CONFIDENCE, CAPABILITY, COMPLETENESS, CONSENSUS = 0.5, 0.3, 0.2, 0.1


@quick(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The terms of one answer."""

    confidence: float | None
    """Calibrated; None where it is not."""
    capability: float
    completeness: float
    consensus: float = 0.0

    @property
    def weight(self) -> float:
        """The sum of the terms."""
        confidence = self.capability if self.confidence is None else self.confidence
        parts = (
            CONFIDENCE * confidence,
            CAPABILITY * self.capability,
            COMPLETENESS * self.completeness,
            CONSENSUS * self.consensus,
        )
        return round(sum(parts), 6)

    @property
    def terms(self) -> str:
        """Its parts, for a person."""
        known = "predicted" if self.confidence is None else f"{self.confidence:.2f}"
        return (
            f"confidence {known}, capability {self.capability:.2f}, "
            f"completeness {self.completeness:.2f}, consensus {self.consensus:.2f}"
        )


def heaviest(answers: Sequence[Weighed]) -> int:
    """The place of the one that weighs most; of equals the first."""
    return max(range(len(answers)), key=lambda at: (answers[at].weight, -at))


def most_that_may_come(capability: float) -> float:
    """What an answer that is not there yet can weigh at most."""
    return CONFIDENCE + CAPABILITY * capability + COMPLETENESS + CONSENSUS


def is_settled(answers: Sequence[Weighed], to_come: Sequence[float]) -> bool:
    """Whether one weighs most whatever comes; `to_come` are capabilities of those missing.

    The bonus is still open: the others may gain all of it, and this one loses it.
    """
    if not answers:
        return False
    first = heaviest(answers)
    least = answers[first].weight - CONSENSUS * answers[first].consensus
    others = [
        answer.weight + CONSENSUS * (1.0 - answer.consensus)
        for at, answer in enumerate(answers)
        if at != first
    ]
    return all(least > most for most in [*others, *map(most_that_may_come, to_come)])


def majority_is_settled(counts: Sequence[int], to_come: int) -> bool:
    """Whether the rest cannot change which group of equal answers is the largest.

    `counts` are the sizes of the groups so far, the largest first.
    """
    if not counts:
        return to_come == 0
    second = counts[1] if len(counts) > 1 else 0
    return counts[0] > second + to_come or to_come == 0
