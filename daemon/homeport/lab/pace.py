"""How fast tokens come: a first delay, a speed, a seeded jitter."""

from __future__ import annotations

import random

from homeport.lab.script import Script


class Pace:
    """The wait before each token of one answer."""

    def __init__(self, script: Script, number: int = 0) -> None:
        self._first_s = script.first_token_ms / 1000
        self._gap_s = 1 / script.tokens_per_s if script.tokens_per_s else 0.0
        self._jitter = script.jitter
        self._dice = random.Random(script.seed * 1_000_003 + number)  # noqa: S311  # no secret

    def before(self, token: int) -> float:
        """Seconds to wait before this token, counted from 0."""
        wait_s = self._first_s if token == 0 else self._gap_s
        if not wait_s or not self._jitter:
            return wait_s
        return max(0.0, wait_s * (1 + self._dice.uniform(-self._jitter, self._jitter)))

    def whole(self, tokens: int) -> float:
        """Seconds until an answer of so many tokens is there."""
        return sum(self.before(token) for token in range(max(1, tokens)))
