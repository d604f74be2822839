"""What a router says about the prompts of a track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeport.eval.tracks import Rows


@dataclass(frozen=True, slots=True)
class Router:
    """One score for each prompt: higher, more need of the strong model."""

    name: str
    rows: Rows
    scores: Sequence[float]
    local_answers: int = 1
    """Generations by local models for each prompt, before the cloud is asked."""

    def __repr__(self) -> str:
        return f"Router({self.name}, {self.rows.track.name}, {len(self.scores)} prompts)"
