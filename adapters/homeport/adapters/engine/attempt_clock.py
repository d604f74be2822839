"""The time bounds of one attempt: first token, gap between tokens, deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from homeport.adapters.base import AttemptFailed, Limits, failed
from homeport.policies.model import FailureKind

T = TypeVar("T")


class AttemptClock:
    """Waits for things of one attempt, and no longer than its limits allow."""

    def __init__(self, model: str, limits: Limits) -> None:
        self._model = model
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._deadline = self._started + limits.deadline_s
        self.sent_tokens = 0
        self.has_begun = False
        """The model writes, be it a call that is told when it is whole."""

    async def until_first_token(self, what: Awaitable[T], doing: str) -> T:
        """Wait for something that comes before the first token."""
        allowed = self._limits.first_token_s
        late = f"The model gave no first token within {allowed:g} s: {doing}."
        return await self._until(what, self._started + allowed, "first_token_timeout", late)

    async def until_next_token(self, what: Awaitable[T]) -> T:
        """Wait for more of an answer that has begun."""
        allowed = self._limits.gap_s
        late = f"The model went quiet for {allowed:g} s in the middle of its answer."
        return await self._until(what, self._loop.time() + allowed, "stall", late)

    async def _until(self, what: Awaitable[T], at: float, kind: FailureKind, late: str) -> T:
        try:
            async with asyncio.timeout_at(min(at, self._deadline)):
                return await what
        except TimeoutError:
            raise self._late(at, kind, late) from None

    def _late(self, at: float, kind: FailureKind, late: str) -> AttemptFailed:
        if self._deadline <= at:
            kind = "deadline"
            late = f"The answer was not whole within {self._limits.deadline_s:g} s."
        return failed(self._model, kind, late, sent_tokens=self.sent_tokens)
