"""What was spent, saved and booked, and what a month would cost."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from homeport.client.wire.budget import SpendView


class SpendRow(msgspec.Struct, frozen=True):
    """Spend of one group."""

    group: str
    requests: int
    """Each counts once: in the day, and at the model, of its first attempt."""
    input_tokens: int
    output_tokens: int
    cost_nano: int
    estimated_nano: int
    """The part of it that is an estimate."""
    energy_mj: int = 0
    """Millijoules of answers at home; 0 where nothing was measured."""
    energy_nano: int = 0
    """What that electricity cost, beside `cost_nano`."""
    energy_guessed_nano: int = 0
    """The part of it that is an estimate."""
    attempts: int = 0
    """Every try of a model, failed ones too."""


class DearRequest(msgspec.Struct, frozen=True):
    """One of the requests that cost most, over all its attempts."""

    id: str
    """What `homeport why` takes."""
    at_ms: int
    model: str
    """That answered; empty where none did."""
    client: str
    task: str
    attempts: int
    cost_nano: int
    certain: bool


class ProjectionView(msgspec.Struct, frozen=True):
    """What the running month will have cost."""

    month: str
    spent_nano: int
    projected_nano: int | None
    """None where too little is known."""
    a_day_nano: int
    method: str
    """As a sentence."""


class SpendDetails(msgspec.Struct, frozen=True):
    """Beside the sums."""

    projection: ProjectionView
    dearest: tuple[DearRequest, ...]


class SavingsView(msgspec.Struct, frozen=True):
    """What every prompt to one model would have cost, and under which assumptions."""

    baseline: str
    baseline_nano: int
    spent_nano: int
    saved_nano: int
    """Below 0 where more was spent."""
    prompts: int
    left_out: int
    """Prompts whose tokens or price are unknown."""
    cache_share: float
    """Of the input, what came from caches."""
    assumptions: tuple[str, ...]
    """Sentences that belong to the numbers."""
    energy_nano: int = 0
    """What the electricity of answers at home cost, as far as it was measured."""


SpendGroup = Literal[
    "day",
    "week",
    "month",
    "model",
    "provider",
    "place",
    "client",
    "session",
    "tag",
    "task",
    "policy",
]
"""What a row of spend can be."""


class CachedSum(msgspec.Struct, frozen=True):
    """Requests that were answered from the cache of answers."""

    answers: int
    saved_nano: int
    """What those answers cost when they were made."""
    unknown: int = 0
    """Of them, those whose cost then is not known."""


class SpendReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend?by=day&days=30`."""

    by: str
    since_ms: int
    rows: tuple[SpendRow, ...]
    """They add up to `total`, with `rest`; by tag they do not, for a request may have several
    tags, and counts under each, or none."""
    view: SpendView
    details: SpendDetails | None = None
    """With `details=1`."""
    savings: SavingsView | None = None
    """With `baseline=MODEL`."""
    cached: CachedSum | None = None
    """None where nothing came from the cache."""
    total: SpendRow | None = None
    """Everything in this time, each request once."""
    rest: SpendRow | None = None
    """What is in none of the rows, where there are more groups than are told."""


class EstimateRow(msgspec.Struct, frozen=True):
    """What a month would cost at one model."""

    model: str
    place: Literal["local", "lan", "cloud"]
    month_nano: int | None
    """None where no price is known."""
    price_source: str = ""


class EstimateReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend/estimate?per_day=100&input=2000&output=300`."""

    per_day: int
    input_tokens: int
    output_tokens: int
    days: int
    rows: tuple[EstimateRow, ...]


class BookedDay(msgspec.Struct, frozen=True):
    """What was booked at one provider on one UTC day."""

    day: str
    """ISO date."""
    cost_nano: int
    estimated_nano: int
    """The part of it that is an estimate."""
    input_tokens: int
    output_tokens: int
    attempts: int


class BookedReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend/booked?provider=openai&since=2026-11-01&until=2026-11-21`."""

    provider: str
    days: tuple[BookedDay, ...]


class ChargedReport(msgspec.Struct, frozen=True):
    """`POST /homeport/v1/spend/charged`: what a provider says that it charged."""

    provider: str
    host: str
    """Who was asked."""
    pages: tuple[dict[str, Any], ...]
    """Its answer as it came, in its own shape."""


class ChargedDay(msgspec.Struct, frozen=True):
    """What a provider charged on one whole UTC day."""

    day: str
    """ISO date."""
    nano: int
    model: str = ""
    """As the provider calls it; empty where it is of all, or of none."""


class ChargedDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/spend/reconcile`: to be booked in the place of what was estimated."""

    provider: str
    days: tuple[ChargedDay, ...]


class ReconciledDays(msgspec.Struct, frozen=True):
    """Days that can only be told together, mostly one, with attempts of which the cost was
    estimated."""

    since: str
    until: str
    model: str
    """Empty where the provider tells no models apart."""
    charged_nano: int
    certain_nano: int
    """What is certain of it without the provider's word."""
    before_nano: int
    """What the estimates stood at, and after."""
    after_nano: int
    attempts: int
    booked: int
    """Entries that were made; none where it was booked before."""
    sentence: str
    """Why nothing was booked; else empty."""


class ReconciledReport(msgspec.Struct, frozen=True):
    """What became of `ChargedDays`."""

    provider: str
    days: tuple[ReconciledDays, ...]
