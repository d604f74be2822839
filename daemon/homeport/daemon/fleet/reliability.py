"""What share of a model's attempts ended whole lately.

Counts that are halved every half hour, with four whole attempts put in front:
one failure of a model that nothing is known of is one in five. What says
nothing of the model (a caller that went away, a prompt that is too long) is not
counted, by the same table as the breaker's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from homeport.client.wire import RequestView
from homeport.daemon.fleet.breaker import NOT_ITS_FAULT

HALVED_EVERY_MS = 1_800_000
BEFOREHAND = 4.0
"""Whole attempts that every model is taken to have had."""
SETTLED = 0.999
"""A share from which a model is as good as never failing."""


@dataclass(slots=True)
class _Counts:
    whole: float = 0.0
    broken: float = 0.0
    at_ms: int = 0


class Reliability:
    """Of every model, by id."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._counts: dict[str, _Counts] = {}

    def __repr__(self) -> str:
        return f"Reliability({len(self._counts)} models)"

    def share(self, model: str) -> float:
        """0 to 1; 1 where nothing is known."""
        counts = self._counts.get(model)
        if counts is None:
            return 1.0
        kept = _kept(self._clock_ms() - counts.at_ms)
        whole, broken = kept * counts.whole + BEFOREHAND, kept * counts.broken
        share = round(whole / (whole + broken), 3)
        return share if share < SETTLED else 1.0

    def note(self, model: str, *, whole: bool, at_ms: int | None = None) -> None:
        """An attempt ended, at this moment or at another that is told in order."""
        now_ms = self._clock_ms() if at_ms is None else at_ms
        counts = self._counts.setdefault(model, _Counts(at_ms=now_ms))
        kept = _kept(now_ms - counts.at_ms)
        counts.whole = kept * counts.whole + whole
        counts.broken = kept * counts.broken + (not whole)
        counts.at_ms = now_ms

    def recall(self, request: RequestView) -> None:
        """Count the attempts of a request of an earlier run."""
        for attempt in request.attempts:
            if attempt.ended_ms and attempt.outcome not in (*NOT_ITS_FAULT, "cancelled"):
                whole = attempt.outcome == "done"
                self.note(attempt.model, whole=whole, at_ms=attempt.ended_ms)


def _kept(passed_ms: int) -> float:
    """What is left of a count; a clock that was set back leaves all of it."""
    return 0.5 ** (passed_ms / HALVED_EVERY_MS) if passed_ms > 0 else 1.0
