"""One of several answers to a prompt: begun, kept, given to the caller, and let go of.

A branch is settled when it ends, not when the request does: its model is free and
its money booked while the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from homeport.adapters.base import (
    AnswerPart,
    Delta,
    Finish,
    Prompt,
    Spoken,
    StatusDelta,
    TextDelta,
    ToolCallDelta,
    UsageDelta,
    Wired,
)
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.single import Single, decide_again
from homeport.policies.errors import HomeportError

log = logging.getLogger("homeport.strategy")

NOT_NEEDED = "another answer was good enough"
Deltas = AsyncGenerator[Delta, None]


def opened(
    request: Request,
    rooms: Rooms,
    name: str,
    *models: str,
    prompt: Prompt | None = None,
    **changes: Any,
) -> Branch:
    """A branch that is decided on, on fresh numbers and what money is left. Its order is empty
    where none of the models may answer (any more)."""
    branch = request.branch(name, *models, prompt=prompt, **changes)
    decide_again(branch, rooms)
    return branch


def release(branch: Branch, rooms: Rooms, why: str = NOT_NEEDED) -> None:
    """Settle what it still holds. What runs has to be closed before. Acts once."""
    for attempt in branch.payments.open_attempts():
        if attempt not in branch.attempts:
            continue
        if not attempt.view.outcome:
            attempt.ended("cancelled", why)
        try:
            rooms.fleet.end(attempt.card.id, attempt.adapter)
            branch.payments.settle_soon(attempt, attempt.view.outcome, _heard)
        except Exception:
            log.exception("the end of %s could not be booked", attempt.id)


def _heard() -> None:
    """The books are right; nobody waits for it."""


class Held:
    """A whole answer, kept until it is known what becomes of it."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.deltas: list[Delta] = []
        self.finish: Finish | None = None
        self.error: HomeportError | None = None

    def __repr__(self) -> str:
        state = "whole" if self.is_whole else "failed" if self.error else "open"
        return f"Held({self.branch.name}: {state}, {len(self.text)} characters)"

    @property
    def is_whole(self) -> bool:
        """It came to its end."""
        return self.finish is not None

    @property
    def model(self) -> str:
        """Who gave it; who was to, where nobody did."""
        attempt = self.branch.answered
        return attempt.card.id if attempt else self.branch.ask.only[0]

    @property
    def text(self) -> str:
        """Its words."""
        return self.branch.answer_text

    @property
    def calls_tools(self) -> bool:
        """It is no text to be judged."""
        return any(isinstance(said, ToolCallDelta) for said in spoken(self.deltas))

    def take(self, delta: Delta) -> None:
        """One more delta."""
        if isinstance(delta, Finish):
            self.finish = delta
        elif not isinstance(delta, StatusDelta):
            self.deltas.append(delta)


def spoken(deltas: Iterable[Delta]) -> Iterable[Spoken]:
    """The parts of an answer, also of those that came as events of an upstream."""
    for delta in deltas:
        if isinstance(delta, Wired):
            yield from delta.deltas
        elif not isinstance(delta, AnswerPart | Finish | StatusDelta | UsageDelta):
            yield delta


def words_of(deltas: Iterable[Delta]) -> str:
    """Their text."""
    return "".join([said.text for said in spoken(deltas) if isinstance(said, TextDelta)])


async def held(branch: Branch, rooms: Rooms) -> Held:
    """Have a branch answered, and keep the answer. A failure is kept too."""
    kept = Held(branch)
    single = Single(branch, rooms)
    try:
        async for delta in single:
            kept.take(delta)
    except HomeportError as error:
        kept.error = error
    finally:
        await single.aclose()
        release(branch, rooms)
    return kept


def lead(request: Request, branch: Branch) -> None:
    """The caller hears this branch from here on."""
    view = branch.view
    if (request.view.model, request.view.place) != (view.model, view.place):
        request.change(model=view.model, place=view.place)
    if request.view.first_token_ms is None:
        request.first_token()


async def given(request: Request, kept: Held) -> Deltas:
    """A kept answer as the answer."""
    lead(request, kept.branch)
    for delta in kept.deltas:
        yield delta
    yield request.adopt(kept.branch)


async def live(request: Request, branch: Branch, rooms: Rooms, *others: str) -> Deltas:
    """A branch as the answer, as it comes. Raises `HomeportError` where it ends early.

    Once the caller has heard a part of it, the `others` may go on where it is cut off.
    """
    single, is_heard = Single(branch, rooms), False
    try:
        async for delta in single:
            if isinstance(delta, Finish):
                release(branch, rooms)
                yield request.adopt(branch)
                return
            if not isinstance(delta, StatusDelta):
                if not is_heard:
                    branch.widen(*others)
                    is_heard = True
                lead(request, branch)
            yield delta
    finally:
        await single.aclose()
        release(branch, rooms, "the caller went away")


async def rest_of(request: Request, rooms: Rooms, error: HomeportError) -> Deltas:
    """Where none that was planned answered, the rest of the order does, one after the other.
    Raises `error` where there is nobody left."""
    decision = request.decision
    rest = [card.model for card in decision.order if card.model not in decision.plan.models]
    branch = opened(request, rooms, "another answer", *rest) if rest else None
    if branch is None or not branch.decision.order:
        request.fail(error)
        raise error
    async with aclosing(live(request, branch, rooms)) as deltas:
        try:
            async for delta in deltas:
                yield delta
        except HomeportError as failed:
            request.fail(failed)
            raise
