"""Cancels a task at one of its awaits: wherever somebody may call off what he asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Literal

When = Literal["while it waits", "as it comes"]


class CancelledAt:
    """Runs a coroutine, and cancels its task at its n-th wait; `waits` counts them.

    `as it comes` cancels in the turn of the event loop in which what it waits for has come.
    """

    def __init__(self, work: Coroutine[Any, Any, object], at: int, when: When) -> None:
        self._work = work
        self._at = at
        self._when = when
        self.waits = 0

    def __repr__(self) -> str:
        return f"CancelledAt({self._at}, {self._when}: {self.waits} waits)"

    def __await__(self) -> Generator[Any, Any, object]:
        give: Any = self._work.send
        what: Any = None
        while True:
            try:
                waited_for = give(what)
            except StopIteration as done:
                return done.value
            self.waits += 1
            if self.waits == self._at:
                self._cancel_with(waited_for)
            try:
                give, what = self._work.send, (yield waited_for)
            except BaseException as error:  # noqa: BLE001 - handed on to the work
                give, what = self._work.throw, error

    def _cancel_with(self, waited_for: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._when == "as it comes" and waited_for is not None:
            waited_for.add_done_callback(lambda _: task.cancel())
        else:
            asyncio.get_running_loop().call_soon(task.cancel)
