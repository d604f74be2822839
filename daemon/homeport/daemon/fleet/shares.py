"""How long a model gets to show a sign of life: a share of the deadline, by its own history.

    first token   max(5 s, 3 x what is predicted for the prompt, 1.5 x the slowest of late)
    gap           max(10 s, 4 x the longest gaps of late)

Never more than the config allows, and all of it while fewer than five answers
are known. The longest gap of each of the last answers is kept; the greatest of
these stands for the 99th percentile of all gaps. Who was cut off by its share
gets more the next time: it may have become slower.
"""

from __future__ import annotations

from collections import deque

from homeport.client.wire import RequestView

LEAST_FIRST_S, LEAST_GAP_S = 5.0, 10.0
TIMES_PREDICTED, TIMES_SLOWEST, TIMES_GAP = 3.0, 1.5, 4.0
ANSWERS_TO_TELL = 5
ANSWERS_KEPT = 15


class History:
    """Of one model: milliseconds of its last answers."""

    __slots__ = ("gaps", "starts")

    def __init__(self) -> None:
        self.starts: deque[int] = deque(maxlen=ANSWERS_KEPT)
        self.gaps: deque[int] = deque(maxlen=ANSWERS_KEPT)


class Shares:
    """Owns what was seen of each model, by id."""

    def __init__(self) -> None:
        self._seen: dict[str, History] = {}

    def __repr__(self) -> str:
        return f"Shares({len(self._seen)} models)"

    def first_token_s(self, model: str, predicted_ms: int, most_s: float) -> float:
        """For the first token, beside loading and waiting in line; `most_s` at most."""
        seen = self._seen.get(model)
        if seen is None or len(seen.starts) < ANSWERS_TO_TELL:
            return most_s
        told_ms = max(TIMES_PREDICTED * predicted_ms, TIMES_SLOWEST * max(seen.starts))
        return min(most_s, max(LEAST_FIRST_S, told_ms / 1000))

    def gap_s(self, model: str, most_s: float) -> float:
        """Between two tokens; `most_s` at most."""
        seen = self._seen.get(model)
        if seen is None or len(seen.gaps) < ANSWERS_TO_TELL:
            return most_s
        return min(most_s, max(LEAST_GAP_S, TIMES_GAP * max(seen.gaps) / 1000))

    def note(self, model: str, start_ms: int, gap_ms: int | None) -> None:
        """A whole answer, by the time to its first token and its longest gap."""
        seen = self._seen.setdefault(model, History())
        seen.starts.append(start_ms)
        if gap_ms is not None:
            seen.gaps.append(gap_ms)

    def cut_off(self, model: str, kind: str, waited_ms: int) -> None:
        """It used up its share; from here on it may take longer than that."""
        seen = self._seen.get(model)
        if seen is not None and kind == "first_token_timeout":
            seen.starts.append(waited_ms)
        elif seen is not None and kind == "stall":
            seen.gaps.append(waited_ms)

    def recall(self, request: RequestView) -> None:
        """Learn from the answers of a request of an earlier run."""
        for attempt in request.attempts:
            first_ms = attempt.first_token_ms
            if attempt.outcome == "done" and first_ms is not None:
                begun_ms = attempt.loaded_ms or attempt.started_ms
                self.note(attempt.model, max(0, first_ms - begun_ms), attempt.longest_gap_ms)
