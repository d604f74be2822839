"""Rate limits: so many requests and tokens a minute, refilled evenly."""

from __future__ import annotations

from typing import Final, NamedTuple

_MINUTE_S: Final = 60.0


class Room(NamedTuple):
    """What a limit has left."""

    limit: int
    left: int
    full_in_s: float
    """Seconds until nothing of it is used."""


class Limit:
    """One limit: a bucket that refills. `now_s` is any clock that does not go back."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._left = float(per_minute)
        self._seen_s: float | None = None

    def __repr__(self) -> str:
        return f"Limit({self._left:.0f} of {self.per_minute} left)"

    def take(self, amount: int, now_s: float) -> float:
        """Take so much; 0, or the seconds to wait where there is not enough (nothing is taken)."""
        self._refill(now_s)
        wanted = min(amount, self.per_minute)
        if self._left >= wanted:
            self._left -= amount
            return 0.0
        return (wanted - self._left) * _MINUTE_S / self.per_minute

    def give(self, amount: int) -> None:
        """Give back what was taken and not used."""
        self._left = min(float(self.per_minute), self._left + amount)

    def room(self, now_s: float) -> Room:
        """What is left."""
        self._refill(now_s)
        missing = self.per_minute - self._left
        left = max(0, int(self._left))
        return Room(self.per_minute, left, missing * _MINUTE_S / self.per_minute)

    def _refill(self, now_s: float) -> None:
        passed = 0.0 if self._seen_s is None else max(0.0, now_s - self._seen_s)
        self._seen_s = now_s
        back = passed * self.per_minute / _MINUTE_S
        self._left = min(float(self.per_minute), self._left + back)
