"""Prompts that are to leave this machine at most once.

Whoever sends such a prompt is told of each attempt before a byte of it leaves, and
may write that down. Where an attempt ends so that its provider may have worked on it,
no further one is made: nobody knows whether there is an answer already.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from homeport.daemon.money.payment import NOT_CHARGED
from homeport.policies.errors import HomeportError
from homeport.policies.model import Failure, FailureKind

if TYPE_CHECKING:
    from homeport.daemon.routing.attempt import Attempt
    from homeport.daemon.routing.request import Request


class Once(Protocol):
    """Sees to it that a prompt leaves at most once."""

    key: str
    """By which a server is to know it again, where it knows requests by keys."""

    async def leaves(self, request: str, model: str, *, idempotent: bool = False) -> None:
        """The prompt is about to leave; `idempotent` where its server will know it again.

        Raises `HomeportError` where it must not.
        """
        ...

    def failed(self, kind: FailureKind, sentence: str, *, unsure: bool) -> None:
        """An attempt failed; `unsure` where its provider may have worked on it."""
        ...


async def leaving(request: Request, attempt: Attempt) -> None:
    """Tell of an attempt that leaves this machine; what was reserved for it is let go of where
    it must not, or is called off meanwhile."""
    if request.once is None or attempt.card.place == "local":
        return
    try:
        card = attempt.card
        await request.once.leaves(request.id, card.id, idempotent=card.idempotent)
    except HomeportError as error:
        attempt.ended("egress", error.sentence)
        await request.payments.settle(attempt, "egress")
        raise
    except BaseException:
        attempt.ended("egress", "It was called off before it left.")
        request.payments.settle_soon(attempt, "egress", lambda: None)
        raise


def is_last(request: Request, attempt: Attempt, failure: Failure) -> bool:
    """Whether no further attempt may follow one that failed so; whoever sends it is told."""
    unsure = may_have_worked(attempt, failure.kind)
    if request.once is not None:
        request.once.failed(failure.kind, failure.sentence, unsure=unsure)
    return unsure


def key_of(request: Request, attempt: Attempt) -> str:
    """By which the server of an attempt is to know the prompt again; empty where it cannot.

    The same each time for the same model, and another one for every other.
    """
    if request.once is None or not attempt.card.idempotent:
        return ""
    told = f"{request.once.key}\n{attempt.card.id}".encode()
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def may_have_worked(attempt: Attempt, outcome: str) -> bool:
    """Whether there may be an answer somewhere that nobody has."""
    if attempt.card.place == "local" or attempt.turned_away or outcome == "budget":
        return False  # what money cut short was cut here
    return bool(attempt.sent_tokens) or outcome not in NOT_CHARGED
