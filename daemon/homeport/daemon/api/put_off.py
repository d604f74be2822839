"""That a prompt is kept instead of answered: raised where it would have been, told by its door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeport.adapters.base import Labels, Prompt
from homeport.policies.errors import HomeportError, NotFound
from homeport.policies.model import Ask, Decision

if TYPE_CHECKING:
    from homeport.daemon.assemble import Daemon

LATER = "It waits for off-peak hours."


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of a prompt that nobody answered."""

    error: HomeportError
    """What its caller would be told."""
    unsure: bool = False
    """Somebody may have answered it, and nobody knows."""
    decision: str = ""
    model: str = ""
    """The last that was asked."""
    cost_nano: int | None = None


class PutOff(HomeportError):
    """The prompt may be kept, and cannot be answered yet."""

    code, blame, status = "deferred", "daemon", 202

    def __init__(self, sentence: str, labels: Labels, tried: Tried | None = None) -> None:
        super().__init__(sentence)
        self.labels = labels
        self.tried = tried


async def refuse_for_now(prompt: Prompt, daemon: Daemon) -> None:
    """Raises `PutOff` where the prompt is to be kept, and what else keeps it from an answer."""
    labels = prompt.labels
    if labels.defer == "off-peak":
        if await _is_kept(prompt, daemon):
            return
        raise PutOff(LATER, labels)
    reason = daemon.blocked("cloud")
    if reason is None:
        return
    unknown = daemon.fleet.cloud_unknown
    try:
        if await daemon.router.has_kept(prompt):
            return
        ask, decision = await daemon.router.foreseen(prompt)
    except NotFound:
        if unknown and not labels.private:
            raise PutOff(reason, labels) from None  # its model may be one of the cloud's
        raise
    if waits_for_the_link(decision) or (unknown and may_leave(ask, decision)):
        raise PutOff(reason, labels)


async def _is_kept(prompt: Prompt, daemon: Daemon) -> bool:
    """Whether the cache has its answer; what is wrong with it is said when it is sent."""
    try:
        return await daemon.router.has_kept(prompt)
    except HomeportError:
        return False


def waits_for_the_link(decision: Decision) -> bool:
    """Nobody may answer, and somebody might if the link were there."""
    return not decision.order and any(veto.gate == "link" for veto in decision.vetoes)


def may_leave(ask: Ask, decision: Decision) -> bool:
    """Nobody may answer, and a model that nobody knows yet might."""
    if decision.order or ask.privacy == "private" or ask.requested_model == "local":
        return False
    return decision.mode != "local-only"
