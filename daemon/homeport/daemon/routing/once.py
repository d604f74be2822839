"""Prompts that are to leave this machine at most once.

Whoever sends such a prompt is told of each attempt before a byte of it leaves, and
may write that down. Where an attempt ends so that its provider may have worked on it,
no further one is made: nobody knows whether there is an answer already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from homeport.daemon.money.payment import NOT_CHARGED
from homeport.policies.errors import HomeportError
from homeport.policies.model import Failure, FailureKind

if TYPE_CHECKING:
    from homeport.daemon.routing.attempt import Attempt
    from homeport.daemon.routing.request import Request


class Once(Protocol):
    """Sees to it that a prompt leaves at most once."""

    async def leaves(self, request: str, model: str) -> None:
        """The prompt is about to leave. Raises `HomeportError` where it must not."""
        ...

    def failed(self, kind: FailureKind, sentence: str, *, unsure: bool) -> None:
        """An attempt failed; `unsure` where its provider may have worked on it."""
        ...


async def leaving(request: Request, attempt: Attempt) -> None:
    """Tell of an attempt that leaves this machine; what was reserved for it is let go of where
    it must not."""
    if request.once is None or attempt.card.place == "local":
        return
    try:
        await request.once.leaves(request.id, attempt.card.id)
    except HomeportError as error:
        attempt.ended("egress", error.sentence)
        await request.payments.settle(attempt, "egress")
        raise


def is_last(request: Request, attempt: Attempt, failure: Failure) -> bool:
    """Whether no further attempt may follow one that failed so; whoever sends it is told."""
    unsure = may_have_worked(attempt, failure.kind)
    if request.once is not None:
        request.once.failed(failure.kind, failure.sentence, unsure=unsure)
    return unsure


def may_have_worked(attempt: Attempt, outcome: str) -> bool:
    """Whether there may be an answer somewhere that nobody has."""
    if attempt.card.place == "local" or attempt.turned_away or outcome == "budget":
        return False  # what money cut short was cut here
    return bool(attempt.sent_tokens) or outcome not in NOT_CHARGED
