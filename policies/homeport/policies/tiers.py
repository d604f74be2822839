"""Three tiers of models for each kind of task, by the predicted quality of their answer.

What is easy to do well enough is done well by smaller models: the bounds are
lower there. After a failure that says nothing of how able a model is, the next
one is rather of the same tier, or of a better one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from homeport.policies.model import Candidate, FailureKind, Task

Tier = Literal[0, 1, 2]
"""Light, middle, strong."""

EASY, PLAIN, HARD = (0.35, 0.65), (0.4, 0.7), (0.5, 0.8)
TIERS: Mapping[Task, tuple[float, float]] = {
    "chat": EASY,
    "translation": EASY,
    "summarising": EASY,
    "extraction": EASY,
    "question": PLAIN,
    "writing": PLAIN,
    "data": PLAIN,
    "code": HARD,
    "mathematics": HARD,
    "reasoning": HARD,
    "agent": HARD,
    "multi-step": HARD,
}
"""The predicted quality from which a model is middle, and strong, at a task."""

SAY_NOTHING_OF_ABILITY: frozenset[FailureKind] = frozenset(
    {
        "refused",
        "connect_timeout",
        "first_token_timeout",
        "stall",
        "reset",
        "truncated",
        "garbage",
        "rate_limited",
        "overloaded",
        "unauthorized",
        "content_refused",
        "missing",
    }
)


def tier_of(task: Task, quality: float) -> Tier:
    """Where a model stands at a task."""
    middle, strong = TIERS[task]
    return 2 if quality >= strong else 1 if quality >= middle else 0


def tiers_lost(task: Task, failed: Candidate | None, quality: float, kind: FailureKind) -> int:
    """How many tiers below the model that failed a successor of this quality is."""
    if failed is None or kind not in SAY_NOTHING_OF_ABILITY:
        return 0
    return max(0, tier_of(task, failed.quality) - tier_of(task, quality))
