"""What the daemon knows of itself: its config, what is missing, what was tried."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class ConfigView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/config`."""

    path: str
    exists: bool
    generation: int
    error: str
    """Why the file on disk is not in force; empty where it is."""
    settings: dict[str, Any]
    """In force, every setting with its value; holds no secret."""


class Finding(msgspec.Struct, frozen=True):
    """One line of `homeport doctor`."""

    area: str
    """Such as `engine`, `models`, `ollama`, `keys`, `link`, `budget`, `machine`."""
    level: Literal["ok", "note", "warning", "error"]
    sentence: str
    command: str = ""
    """The exact command that would help."""


class ProbePlan(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/doctor?probe=<model>`: what trying a model would be."""

    model: str
    place: str
    exercises: tuple[str, ...]
    worst_nano: int | None
    """What it can cost at most; None where its price is unknown."""


class TrialView(msgspec.Struct, frozen=True):
    """One thing that a model was tried with."""

    name: str
    found: Literal["yes", "no", "unknown"]
    sentence: str = ""
    """What was wrong."""
    labelled: bool | None = None
    """Whether the model claims it; None where there is no label for it."""
    decision: str = ""
    ms: int | None = None
    cost_nano: int | None = 0


class ProbeReport(msgspec.Struct, frozen=True):
    """`POST /homeport/v1/doctor`: what was found by trying a model."""

    model: str
    place: str
    at_ms: int
    trials: tuple[TrialView, ...]
    able: tuple[str, ...] = ()
    """Abilities that stand from here on, above the label."""
    unable: tuple[str, ...] = ()
    tokens_per_s: float | None = None
    first_token_ms: int | None = None
    cost_nano: int | None = 0


class DoctorReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/doctor`."""

    findings: tuple[Finding, ...]
