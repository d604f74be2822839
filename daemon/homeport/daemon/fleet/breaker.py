"""Stops asking a model that keeps failing, and tries it again after a while.

Closed, until 3 failures within 30 s open it, or one that cost its whole share of
the time does, or one with `Retry-After` for that long; half-open after that: one
probe decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from homeport.policies.model import BreakerState, Failure, FailureKind

FAILURES_TO_OPEN = 3
WINDOW_MS = 30_000
OPEN_MS = 30_000
LONGEST_OPEN_MS = 3_600_000
HUNG: frozenset[FailureKind] = frozenset(("connect_timeout", "first_token_timeout", "stall"))
"""What hangs costs its share once."""
NOT_ITS_FAULT: frozenset[FailureKind] = frozenset(
    (
        "bad_call",
        "rejected",
        "context_overflow",
        "content_refused",
        "unsupported",
        "deadline",
        "budget",
        "egress",
        "link_lost",
    )
)


class Breaker:
    """Of one model."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._failures: deque[int] = deque(maxlen=FAILURES_TO_OPEN)
        self._open_until_ms = 0
        self._probing = False
        self.reason = ""
        self.kind: FailureKind | None = None
        """Of the last failure that counted."""

    def __repr__(self) -> str:
        return f"Breaker({self.state}: {self.reason})" if self.reason else f"Breaker({self.state})"

    @property
    def state(self) -> BreakerState:
        """Half-open admits one probe at a time."""
        if not self._open_until_ms:
            return "closed"
        waiting = self._clock_ms() < self._open_until_ms
        return "open" if waiting or self._probing else "half-open"

    @property
    def opens_in_ms(self) -> int:
        """Milliseconds until a probe is admitted."""
        return max(0, self._open_until_ms - self._clock_ms()) if self._open_until_ms else 0

    def begin(self) -> None:
        """An attempt starts."""
        if self._open_until_ms:
            self._probing = True

    def release(self) -> None:
        """The attempt said nothing about the model: it was cancelled."""
        self._probing = False

    def succeed(self) -> None:
        """The attempt was answered whole."""
        self._failures.clear()
        self._open_until_ms = 0
        self._probing = False
        self.reason = ""

    def fail(self, failure: Failure) -> None:
        """The attempt failed; opens where that is one too many."""
        probed, self._probing = self._probing, False
        if failure.kind in NOT_ITS_FAULT:
            return
        now = self._clock_ms()
        self._failures.append(now)
        self.reason, self.kind = failure.sentence, failure.kind
        recent = [at for at in self._failures if now - at <= WINDOW_MS]
        if failure.retry_after_ms:
            self._open_until_ms = now + min(failure.retry_after_ms, LONGEST_OPEN_MS)
        elif probed or failure.kind in HUNG or len(recent) >= FAILURES_TO_OPEN:
            self._open_until_ms = now + OPEN_MS
