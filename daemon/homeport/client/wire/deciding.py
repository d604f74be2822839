"""Why a prompt went where it went, and why one could not go anywhere."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from homeport.client.wire.requests import RequestView


class VetoView(msgspec.Struct, frozen=True):
    """A candidate that could not be used."""

    model: str
    gate: str
    reason: str


class ScoreView(msgspec.Struct, frozen=True):
    """A candidate that could."""

    model: str
    place: str
    utility: float
    quality: float
    cost_nano: int
    worst_cost_nano: int
    total_ms: int
    terms: tuple[tuple[str, float], ...]
    note: str
    quality_source: str = ""
    """Where the quality comes from, such as `12 checks and 3 thumbs at code`."""


class PlanView(msgspec.Struct, frozen=True):
    """How the answer was to be made."""

    strategy: str
    models: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    method: str = ""
    judge: str = ""
    checks: tuple[str, ...] = ()
    why: str = ""
    delay_ms: int = 0
    """After which the second starts, where the first has said nothing by then."""


class StepView(msgspec.Struct, frozen=True):
    """One deciding: the first, or one after a failure."""

    at_ms: int
    because: str
    order: tuple[ScoreView, ...]
    vetoes: tuple[VetoView, ...]
    after: str = ""
    """The failure that made it necessary, as a sentence."""
    rules: tuple[tuple[str, str], ...] = ()
    """What the person's rules set, and the rule that did."""
    plan: PlanView | None = None
    """None for `single`."""
    branch: str = ""
    """Of which further answer; empty for the request itself."""


class Why(msgspec.Struct, frozen=True):
    """Everything about one decision."""

    request: RequestView
    ask: dict[str, Any]
    """The measurements, by their names in `homeport.policies.model.Ask`."""
    steps: tuple[StepView, ...]
    engine_version: str
    replay: Literal["identical", "different", "other-version", "not-logged"]
    what_if: tuple[tuple[str, str], ...] = ()
    """Pairs of (mode, sentence): the same ask under each other mode, then under each other
    policy, as `policy NAME`."""


class Trouble(msgspec.Struct, frozen=True):
    """An error in our own wire: `{"error": {…}}`."""

    code: str
    blame: str
    sentence: str
    param: str | None = None
    vetoes: tuple[VetoView, ...] = ()
    decision: str = ""
