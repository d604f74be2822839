"""Prompts that wait at a limit until the person raises it, refuses, or lets the time pass.

`Questions` owns them. What was asked is told at its beginning and at its end; the raise
itself is the ledger's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec

from homeport.client.wire import BudgetQuestion

Word = Literal["raised", "refused", "timed-out", "gone"]
"""How a question ended."""


class _Open:
    """One that waits."""

    __slots__ = ("moved", "question", "refused")

    def __init__(self, question: BudgetQuestion) -> None:
        self.question = question
        self.refused = False
        self.moved = asyncio.Event()


class Questions:
    """Owns what waits for the person's word."""

    def __init__(self, tell: Callable[[BudgetQuestion], None] = lambda _: None) -> None:
        """`tell` hears of each question when it is asked, and when it is over."""
        self._tell = tell
        self._open: dict[str, _Open] = {}

    def __repr__(self) -> str:
        return f"Questions({len(self._open)} open)"

    def views(self) -> tuple[BudgetQuestion, ...]:
        """Those that are open, the oldest first."""
        return tuple([waiting.question for waiting in self._open.values()])

    async def put(
        self, question: BudgetQuestion, wait_s: float, has_room: Callable[[], bool]
    ) -> Word:
        """Wait for a word on it; `has_room` says whether the limits allow it by now."""
        waiting = self._open[question.id] = _Open(question)
        self._tell(question)
        word: Word = "gone"
        try:
            async with asyncio.timeout(wait_s):
                word = await _word_on(waiting, has_room)
        except TimeoutError:
            word = "timed-out"
        finally:
            del self._open[question.id]
            self._tell(msgspec.structs.replace(question, state=word))
        return word

    def refuse(self, question: str = "") -> int:
        """No raise for one prompt, or for all; how many were waiting."""
        refused = [
            waiting for name, waiting in self._open.items() if not question or name == question
        ]
        for waiting in refused:
            waiting.refused = True
            waiting.moved.set()
        return len(refused)

    def look(self) -> None:
        """Limits or sums have changed: some may go on."""
        for waiting in self._open.values():
            waiting.moved.set()


async def _word_on(waiting: _Open, has_room: Callable[[], bool]) -> Word:
    while not waiting.refused:
        if has_room():
            return "raised"
        await waiting.moved.wait()
        waiting.moved.clear()
    return "refused"
