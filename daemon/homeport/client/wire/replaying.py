"""What another policy would have made of the prompts of some days."""

from __future__ import annotations

from typing import Literal

import msgspec


class ReplayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/replay`: one of a policy's name, or the text of one."""

    policy: str = ""
    text: str | None = None
    path: str = "policy.toml"
    """Of the text, for sentences and for its name."""
    since_s: int = 30 * 86_400
    """How far back."""


class Figure(msgspec.Struct, frozen=True):
    """An estimate."""

    value: float
    low: float | None = None
    """It lies between `low` and `high` with 95 % confidence; None where too few rows say so."""
    high: float | None = None
    rows: int = 0


class ReplayFigure(msgspec.Struct, frozen=True):
    """One quantity, on average a prompt, of those that both policies would have answered."""

    name: Literal["cost", "quality", "time"]
    """In nano-dollars, as a chance of a good answer, in milliseconds."""
    then: Figure | None
    """Predicted for what was asked."""
    other: Figure | None
    """Predicted for what would have been."""
    difference: Figure | None
    """Of the two, prompt by prompt."""
    seen: Figure | None
    """What came of it, where that is known."""
    seen_same: Figure | None
    """The same, of the prompts that would go to the same model."""
    weighted: Figure | None
    """What was seen, weighted; None where too few other choices ever had a chance."""
    doubly_robust: Figure | None


class Moved(msgspec.Struct, frozen=True):
    """Prompts that would go elsewhere; an empty name is nobody."""

    there: str
    here: str
    count: int


class ReplayReport(msgspec.Struct, frozen=True):
    """Logged prompts under another policy."""

    policy: str
    against: str
    """The one in force now; each prompt is compared with what was decided then."""
    since_ms: int
    prompts: int
    same: Figure | None
    """Share that would take the same way."""
    supported: float
    """Share whose other choice had a chance."""
    private_out: int
    """Prompts labelled private that the cloud might answer: always 0."""
    opened: Figure | None
    """Share that was kept at home by a label, a rule or the mode, and would go out."""
    refused_then: Figure | None
    refused: Figure | None
    figures: tuple[ReplayFigure, ...]
    moved: tuple[Moved, ...]
    left_out: tuple[tuple[str, int], ...]
    sentence: str
    overlap: str = ""
    """Why nothing is weighed; empty where something is."""
