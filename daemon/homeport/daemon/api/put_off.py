"""That a prompt is kept instead of answered: raised where it would have been, told by its door."""

from __future__ import annotations

from homeport.adapters.base import Labels
from homeport.policies.errors import HomeportError
from homeport.policies.model import Decision

LATER = "It waits for off-peak hours."


class PutOff(HomeportError):
    """The prompt may be kept, and cannot be answered yet."""

    code, blame, status = "deferred", "daemon", 202

    def __init__(self, sentence: str, labels: Labels) -> None:
        super().__init__(sentence)
        self.labels = labels


def waits_for_the_link(decision: Decision) -> bool:
    """Nobody may answer, and somebody might if the link were there."""
    return not decision.order and any(veto.gate == "link" for veto in decision.vetoes)
