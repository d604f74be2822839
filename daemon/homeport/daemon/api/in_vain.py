"""A prompt that may be kept, that was asked at once, and that nobody answered.

The link seemed to hold, and its provider failed: what keeps for the link keeps for that
too. It is sent another time where nothing of it can have been worked on; else the person
is asked, as for everything that left and whose answer nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeport.adapters.base import Prompt
from homeport.daemon.api.put_off import PutOff, Tried
from homeport.daemon.routing.once import may_have_worked
from homeport.policies.errors import HomeportError, NotFound

if TYPE_CHECKING:
    from homeport.daemon.assemble import Daemon
    from homeport.daemon.routing.attempt import Attempt
    from homeport.daemon.routing.router import Answer

PASSING: Final = frozenset(
    {"refused", "connect_timeout", "first_token_timeout", "stall", "reset", "truncated", "garbage"}
    | {"rate_limited", "overloaded", "link_lost", "deadline"}
)
"""Failures that may well be over another time."""
PASSING_GATES: Final = frozenset({"link", "state", "breaker", "rate", "queue"})


def put_off_after(
    error: HomeportError, prompt: Prompt, answer: Answer | None, daemon: Daemon
) -> PutOff | None:
    """What keeps a prompt that ended so; None where another time would be no better.

    `answer` is None where nobody was asked.
    """
    labels = prompt.labels
    if labels.defer != "online" or prompt.labels.private:
        return None
    if isinstance(error, NotFound):
        unknown = error.param == "model" and daemon.fleet.may_have(labels.model)
        return PutOff(error.sentence, labels, Tried(error)) if unknown else None
    if error.blame != "upstream":
        return None
    away = answer.sent_away if answer is not None else []
    if not any(_passes(one, daemon) for one in away) and not _may_pass(error, daemon):
        return None
    known = Tried(
        error,
        unsure=any(may_have_worked(one, one.view.outcome) for one in away),
        decision=error.decision,
        model=away[-1].card.id if away else "",
        cost_nano=answer.view.cost_nano if answer is not None and away else None,
    )
    return PutOff(error.sentence, labels, known)


def _passes(attempt: Attempt, daemon: Daemon) -> bool:
    """How it failed may well be over another time."""
    if attempt.adapter is None:
        return daemon.fleet.may_have(attempt.card.id)  # it went away before it was asked
    return attempt.view.outcome in PASSING


def _may_pass(error: HomeportError, daemon: Daemon) -> bool:
    """Somebody away from this machine was left out for what does not last."""
    return any(veto.gate in PASSING_GATES and _is_away(veto.model, daemon) for veto in error.vetoes)


def _is_away(model: str, daemon: Daemon) -> bool:
    try:
        return daemon.fleet.card(model).place != "local"
    except KeyError:
        return False
