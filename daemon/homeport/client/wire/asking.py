"""A prompt to `/homeport/v1/ask`, and what comes of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from homeport.client.wire.deciding import Trouble
from homeport.client.wire.outbox import OutboxItem
from homeport.client.wire.requests import AttemptView, CacheView, CheckView, RequestView


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side of a conversation said."""

    role: Literal["system", "user", "assistant"]
    text: str


class AskRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/ask` and `/homeport/v1/route`."""

    prompt: str
    """What is said last; `messages` is what was said before it."""
    system: str = ""
    model: str = "auto"
    policy: str | None = None
    strategy: str | None = None
    private: bool = False
    max_cost_nano: int | None = None
    deadline_ms: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    session: str = ""
    client: str = "homeport"
    tags: tuple[str, ...] = ()
    weights: str | None = None
    """Such as `budget=0.5,latency=0.2,quality=0.3`."""
    chain: str | tuple[str, ...] = ""
    """A chain's name, or models divided by commas."""
    models: tuple[str, ...] = ()
    """Members of an ensemble, or those to compare."""
    ensemble_size: int | None = None
    threshold: float | None = None
    method: str = ""
    judge: str = ""
    tests: str = ""
    """Code that the code of the answer has to pass."""
    messages: tuple[Turn, ...] = ()
    """The conversation before the prompt, the oldest turn first."""
    defer: Literal["", "online", "off-peak"] = ""
    """May be kept until the link is back, or has to wait for off-peak hours."""
    cache: str = ""
    """Of the cache of answers: `on`, `off`, `refresh` or `only`, with `ttl=SECONDS` and others."""
    on_cut: Literal["", "continue", "restart", "error"] = ""
    """What becomes of an answer that is cut off; `restart` has it told in one piece at its end."""


class AnswerView(msgspec.Struct, frozen=True):
    """One of several answers to one prompt."""

    model: str
    place: str
    text: str
    ok: bool
    error: str = ""
    first_token_ms: int | None = None
    total_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    certain: bool = True
    confidence: float | None = None
    chosen: bool = False
    """Whose words the response is."""


class AskResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer; the object that `homeport ask --json` prints."""

    response: str
    model_used: str
    place: str
    decision: str
    """The id that `homeport why` takes."""
    strategy: str
    cost: float | None
    """US dollars; None is unknown."""
    latency: float
    """Seconds from arrival to the last token."""
    confidence: float | None
    input_tokens: int | None
    output_tokens: int | None
    attempts: tuple[AttemptView, ...]
    ensemble_models: tuple[str, ...]
    metadata: dict[str, Any]
    """`because`, `first_token_ms`, `tokens_per_s`, `cost_nano`, `certain`, `advice`, …"""
    timestamp: str
    """ISO 8601, UTC."""
    answers: tuple[AnswerView, ...] = ()
    """Every answer where several were given."""
    checks: tuple[CheckView, ...] = ()
    cache: CacheView | None = None


class AskStatus(msgspec.Struct, frozen=True, tag="status"):
    """What happens before the first token, and at a hand-over."""

    request: RequestView
    sentence: str = ""


class AskText(msgspec.Struct, frozen=True, tag="text"):
    """More of the answer."""

    text: str
    answer: int = 0
    """Which of several that are given side by side, as in `AskResult.answers`."""


class AskDone(msgspec.Struct, frozen=True, tag="done"):
    """The answer is whole."""

    result: AskResult


class AskFailed(msgspec.Struct, frozen=True, tag="error"):
    """There is no (whole) answer."""

    error: Trouble


class AskDeferred(msgspec.Struct, frozen=True, tag="deferred"):
    """It is kept, and will be answered later: `GET /homeport/v1/outbox/{id}`."""

    item: OutboxItem
    sentence: str


AskEvent = AskStatus | AskText | AskDone | AskFailed | AskDeferred
"""Lines of the NDJSON stream that `/homeport/v1/ask` answers with."""
