"""What one answer was worth, by one judgement. Holds no text.

| source | good is | weighs |
|---|---|---|
| `check` | whether a check of the answer passed | 1 |
| `benchmark` | whether a question with a known answer was answered right | 1 |
| `thumb` | up or down, as the person says | 1 |
| `edit` | how much of the answer the person kept | 0.7 |
| `judge` | what another model says of it | 0.6 |
| `agreement` | the share of other samples or models that say the same | 0.4 |
| `retry` | 0: the same prompt came again within a minute | 0.15 |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from homeport.policies.model import Task

Source = Literal["check", "thumb", "edit", "retry", "judge", "agreement", "benchmark"]

WEIGHTS: Mapping[Source, float] = {
    "check": 1.0,
    "benchmark": 1.0,
    "thumb": 1.0,
    "edit": 0.7,
    "judge": 0.6,
    "agreement": 0.4,
    "retry": 0.15,
}
VERDICTS: frozenset[Source] = frozenset({"thumb", "edit"})
"""A person's own: the last one of a kind on an answer counts alone."""
SIGNALS = ("least", "length", "doubt", "agreement")
"""What may stand beside a raw confidence, each 0 to 1: the probability of the least likely
token; 1 less 1 / (1 + tokens / 100); words of doubt; the share of samples that agree."""
HEAVIEST = 4.0


class Outcome(Struct, frozen=True, kw_only=True):
    """One judgement of one answer."""

    at_ms: int
    decision: str
    """Id of the request; may be empty for a benchmark."""
    model: str
    version: str = ""
    """Which weights, as `trials.tried.version_of` tells them."""
    task: Task
    difficulty: int
    source: Source
    good: float
    """0 to 1."""
    weight: float | None = None
    """How far it is to be believed; None takes that of its source."""
    raw: float | None = None
    """Confidence of the answer before it was calibrated: the geometric mean of the
    probabilities of its tokens; None where unknown."""
    signals: tuple[tuple[str, float], ...] = ()
    """Further features of the answer, by the names in `SIGNALS`."""
    answer: int = 0
    """Which answer, where one decision had several."""

    @property
    def weighs(self) -> float:
        """Its weight, its source's where it has none of its own."""
        return WEIGHTS[self.source] if self.weight is None else self.weight

    @property
    def replaces(self) -> tuple[str, str, int, Source] | None:
        """Outcomes with the same key are one judgement, of which the last counts; None: all do."""
        if self.source not in VERDICTS:
            return None
        return self.decision, self.model, self.answer, self.source


def sound(outcome: Outcome) -> Outcome | None:
    """The outcome with every number in its bounds; None where it says nothing."""
    if not math.isfinite(outcome.good) or not outcome.weighs > 0:
        return None
    return replace(
        outcome,
        good=within(outcome.good),
        weight=min(HEAVIEST, outcome.weighs),
        difficulty=round(within(outcome.difficulty, 100)),
        raw=within(outcome.raw) if outcome.raw is not None and math.isfinite(outcome.raw) else None,
        signals=sound_signals(dict(outcome.signals)),
    )


def sound_signals(features: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Those that are known and are numbers, in their order."""
    return tuple(
        (name, within(features[name]))
        for name in SIGNALS
        if name in features and math.isfinite(features[name])
    )


def within(value: float, most: float = 1.0) -> float:
    """The value, no less than 0 and no more than `most`."""
    return min(most, max(0.0, value))
