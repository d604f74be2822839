"""Holds one attempt to its limits: first token, gap between tokens, deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any, Final, TypeVar

from homeport.adapters.base import AttemptFailed, Limits, failed
from homeport.policies.model import FailureKind

T = TypeVar("T")

LISTING_S: Final = 10.0
"""Longest wait for a list of models."""


class Alarm:
    """Cancels the task that made it, at a moment of the loop's clock, unless it is stopped before.

    What `asyncio.timeout_at` does, at a third of what that takes.
    """

    __slots__ = ("_cancelled_before", "_rang", "_task", "_timer")

    def __init__(self, due: float) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - only a task can be cancelled
        self._task = task
        self._cancelled_before = task.cancelling()
        self._rang = False
        self._timer = task.get_loop().call_at(due, self._ring)

    def stop(self) -> bool:
        """Whether it rang, and the task was cancelled by nothing else. Call it once."""
        self._timer.cancel()
        return self._rang and self._task.uncancel() <= self._cancelled_before

    def _ring(self) -> None:
        self._rang = True
        self._task.cancel()


def gone_on(step: Generator[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """The rest of a step that was begun by hand and waits for something; gives its result."""
    while True:
        try:
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - handed on to the step
                waits_for = step.throw(error)
            else:
                waits_for = step.send(sent)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


class Pace:
    """The clock of one attempt, started when it is made.

    Time counts only while the upstream is waited for: a reader that takes its
    time with a token does not make the upstream late.
    """

    def __init__(self, model: str, limits: Limits) -> None:
        self._now = asyncio.get_running_loop().time
        self._model = model
        self._limits = limits
        self._started = self._now()
        self._quiet_since = self._started
        self.tokens = 0
        """Tokens handed out so far."""
        self._spoke = False
        self.connect_s = limits.connect_s
        """Longest wait for a connection."""

    def passed(self, tokens: int) -> None:
        """The caller took a delta of so many tokens; the gap starts anew."""
        self.tokens += tokens
        self._spoke = True
        self._quiet_since = self._now()

    def alive(self) -> None:
        """The upstream gave a sign of life that is no token: it gets its time anew."""
        self._quiet_since = self._now()

    @coroutine
    def wait(self, step: Awaitable[T]) -> Generator[Any, Any, T]:
        """The step's result, or `AttemptFailed` once the attempt is late.

        A clock is set only where the step has to wait: most of what follows a head has come
        with it.
        """
        begun = step.__await__()
        try:
            waits_for = begun.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        due, kind = self._due()
        alarm = Alarm(due)
        try:
            result = yield from gone_on(begun, waits_for)
        except (asyncio.CancelledError, TimeoutError):
            if alarm.stop():
                raise self._late(kind) from None
            raise
        except BaseException:
            alarm.stop()
            raise
        alarm.stop()
        return result

    def _due(self) -> tuple[float, FailureKind]:
        deadline = self._started + self._limits.deadline_s
        if self._spoke:
            due = self._quiet_since + self._limits.gap_s
            return (due, "stall") if due < deadline else (deadline, "deadline")
        due = self._quiet_since + self._limits.first_token_s
        return (due, "first_token_timeout") if due < deadline else (deadline, "deadline")

    def _late(self, kind: FailureKind) -> AttemptFailed:
        sentence = {
            "stall": f"{self._model} went quiet for {self._limits.gap_s:g} s in the middle of "
            "its answer; [timeouts] in the config says how long it may be quiet.",
            "first_token_timeout": f"{self._model} gave no token within "
            f"{self._limits.first_token_s:g} s; "
            "[timeouts] in the config says how long it may be quiet.",
            "deadline": f"{self._model} was not done within the {self._limits.deadline_s:g} s "
            "that were left of the deadline.",
        }[kind]
        return failed(self._model, kind, sentence, sent_tokens=self.tokens)


def listing_pace(provider: str) -> Pace:
    """For what is asked beside prompts: the models that a server has, whether a key is good."""
    return Pace(provider, Limits(0, LISTING_S, first_token_s=LISTING_S))
