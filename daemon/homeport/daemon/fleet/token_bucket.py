"""A bucket that fills evenly: how much may be asked of a model in a while.

Measured on a clock that does not go back. One that does all the same fills
nothing, and one that leaps fills the bucket and no more.
"""

from __future__ import annotations

from collections.abc import Callable


class TokenBucket:
    """So much in so long; full at first."""

    __slots__ = ("_clock_s", "_level", "_seen_s", "limit", "period_s")

    def __init__(self, limit: float, period_s: float, clock_s: Callable[[], float]) -> None:
        self.limit = max(1.0, limit)
        self.period_s = max(1.0, period_s)
        self._clock_s = clock_s
        self._level = self.limit
        self._seen_s = clock_s()

    def __repr__(self) -> str:
        return f"TokenBucket({self.level:.0f} of {self.limit:.0f} in {self.period_s:.0f} s)"

    @property
    def level(self) -> float:
        """What can be taken now; below 0 where more was taken than there was."""
        now_s = self._clock_s()
        passed_s = max(0.0, now_s - self._seen_s)
        self._seen_s = now_s
        self._level = min(self.limit, self._level + passed_s * self.limit / self.period_s)
        return self._level

    def wait_s(self, amount: float) -> float:
        """Seconds until so much is there; for more than it holds, until it is full."""
        return max(0.0, min(amount, self.limit) - self.level) * self.period_s / self.limit

    def take(self, amount: float) -> None:
        """Take it, there or not; never more than the bucket holds is owed."""
        self._level = max(-self.limit, self.level - amount)

    def give(self, amount: float) -> None:
        """Give back what was taken and not used."""
        self._level = min(self.limit, self.level + amount)

    def learn(self, limit: float, remaining: float, period_s: float, *, exact: bool) -> None:
        """Take over what the other side says.

        Where our count is `exact`, the lesser of both holds: what is on its way there was
        not counted there. The longest of the periods that were told for a limit is right.
        """
        level = self.level
        if limit == self.limit:
            period_s = max(period_s, self.period_s)
        self.period_s, self.limit = max(1.0, period_s), max(1.0, limit)
        self._level = min(self.limit, min(level, remaining) if exact else remaining)
