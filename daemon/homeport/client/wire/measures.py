"""How models do: requests, times, errors; and what the caches hold."""

from __future__ import annotations

import msgspec


class StatRow(msgspec.Struct, frozen=True):
    """How the requests of one group went."""

    group: str
    requests: int
    failed: int
    first_token_ms: float | None
    """The median of answers that came whole, as are the others; None where none is known."""
    p50_ms: float | None
    p95_ms: float | None
    tokens_per_s: float | None
    """Median, from the first token on."""
    cost_nano: int
    unknown_costs: int
    """Requests whose cost is not in it."""
    satisfaction: float | None
    """Mean of what people said and did, 0 to 1, by weight; None where nobody did."""
    cached: int = 0
    """Requests that were answered from the cache; their times are in none of the others."""
    saved_nano: int = 0
    """What those answers cost when they were made."""


class StatsReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/stats?by=model|task|strategy&days=7`."""

    by: str
    since_ms: int
    read: int
    """Requests whose times were looked at, the newest 1,000 at most."""
    rows: tuple[StatRow, ...]


class CacheRow(msgspec.Struct, frozen=True):
    """The kept answers of one model."""

    model: str
    answers: int
    bytes: int
    hits: int
    saved_nano: int
    """What the answers that were given again cost when they were made."""
    oldest_ms: int
    used_ms: int
    """When one of them was given or kept last."""


class CacheReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/cache`."""

    exact: bool
    """For prompts that say nothing of it."""
    near: bool
    ttl_s: int
    most_answers: int
    most_bytes: int
    rows: tuple[CacheRow, ...]
    hits: int
    """Since the start of the daemon, as are the others."""
    near_hits: int
    misses: int
    bypassed: int
    saved_nano: int
    path: str
    trouble: str = ""
    """Why nothing is kept, or compared; empty where it is."""
    near_embedding: str = ""
    """The embedding model that takes part; empty where none does."""


class CacheOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/cache`."""

    clear: bool = False
    """Forget all that is kept."""
    forget: str = ""
    """Forget the answer of this request."""


class CacheCleared(msgspec.Struct, frozen=True):
    """What became of it."""

    forgotten: int
