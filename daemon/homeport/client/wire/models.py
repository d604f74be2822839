"""A model as it stands, and what answers have taught of it."""

from __future__ import annotations

from typing import Literal

import msgspec


class LearnedView(msgspec.Struct, frozen=True):
    """What answers have taught of one model at one task."""

    task: str
    ability: float
    """On the scale of difficulty, 0 to 100."""
    sd: float
    """How uncertain it is: a standard deviation."""
    outcomes: int
    """Judgements at this task."""
    source: str
    """Such as `12 checks and 3 thumbs at code`."""
    calibrated: bool
    """Whether its confidence is a chance of being right."""
    answers: int
    """Judged answers with a confidence."""
    error: float | None
    """Expected calibration error, cross-validated."""
    confidence: str
    """The same in words: `calibrated on 140 answers, error 0.04`."""


class ModelView(msgspec.Struct, frozen=True):
    """One model as it stands."""

    id: str
    place: Literal["local", "lan", "cloud"]
    state: str
    reason: str = ""
    context: int | None = None
    capabilities: tuple[str, ...] = ()
    parameters: int | None = None
    quantisation: str = ""
    size_bytes: int | None = None
    memory_bytes: int | None = None
    tokens_per_s: float | None = None
    first_token_ms: int | None = None
    input_nano_per_mtok: int | None = None
    output_nano_per_mtok: int | None = None
    price_source: str = ""
    demonstration: bool = False
    learned: tuple[LearnedView, ...] = ()
    """For each task that its answers were judged at."""
    domain: str = ""
    """What the person says it is made for."""
    requests_per_minute: int | None = None
