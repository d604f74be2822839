"""Limits: how they stand, who waits at one, and what is said once of money."""

from __future__ import annotations

from typing import Literal

import msgspec


class WindowView(msgspec.Struct, frozen=True):
    """One budget window; `limit_nano` None means no limit."""

    window: Literal["request", "session", "day", "week", "month"]
    limit_nano: int | None
    spent_nano: int
    reserved_nano: int
    resets_at_ms: int
    """0 for a prompt and a session: of all sessions the one that spent most is shown."""
    scope: Literal["all", "provider", "model", "client", "tag"] = "all"
    name: str = ""
    """Which provider, model, client or tag; empty for all."""


class PaceView(msgspec.Struct, frozen=True):
    """What is kept to a pace, and how it stands."""

    held: Literal["money", "calls"]
    wanted: float
    """Of money the nano-dollars a day that are left, of calls the share from the cloud."""
    found: float | None
    """The share of the last answers; None where nothing is known, and for money."""
    price: float
    """Utility that a cent, or a call, has to bring at the moment."""


class SpendView(msgspec.Struct, frozen=True):
    """Spend so far."""

    windows: tuple[WindowView, ...] = ()
    requests_today: int = 0
    local_today: int = 0
    """Answers, of which an ensemble has several and a prompt that was cut off may have none."""
    cloud_today: int = 0
    unknown_today: int = 0
    """Entries of today whose cost is an estimate."""
    paces: tuple[PaceView, ...] = ()
    """Empty in events: the last whole view holds."""
    scoped: tuple[WindowView, ...] = ()
    """Every further limit: of a week, a session, a provider, a model, a client or a tag."""
    notes: tuple[str, ...] = ()
    """Of limits that cover nothing so far, a sentence each; told where budgets are asked for."""


class BudgetQuestion(msgspec.Struct, frozen=True):
    """A prompt that waits at a limit for the person's word."""

    id: str
    """The prompt's, as `homeport why` takes it."""
    state: Literal["open", "raised", "refused", "timed-out", "gone"]
    """`gone`: its caller went away."""
    at_ms: int
    until_ms: int
    """It waits no longer than this."""
    model: str
    """That would answer."""
    worst_nano: int
    """What that may cost."""
    window: Literal["session", "day", "week", "month"]
    left_nano: int
    """In that window."""
    raise_nano: int
    """A raise of so much, in whole cents, lets it go on."""
    scope: Literal["all", "provider", "model", "client", "tag"] = "all"
    name: str = ""
    client: str = ""
    """Who asked."""
    sentence: str = ""


class AlertView(msgspec.Struct, frozen=True):
    """Something about money that is said once."""

    kind: Literal["threshold", "anomaly"]
    sentence: str
    window: str
    """`day`, `week` or `month`; `hour` of an anomaly."""
    scope: str = "all"
    name: str = ""
    threshold: int = 0
    """Per cent of the limit; 0 of an anomaly."""
