"""One prompt on its way, as a row that watchers see."""

from __future__ import annotations

from typing import Literal

import msgspec

RequestState = Literal["deciding", "queued", "loading", "streaming", "done", "failed", "cancelled"]


class AttemptView(msgspec.Struct, frozen=True):
    """One try at one model."""

    model: str
    place: Literal["local", "lan", "cloud"]
    started_ms: int
    loaded_ms: int | None = None
    first_token_ms: int | None = None
    ended_ms: int | None = None
    outcome: str = ""
    """`done`, `cancelled`, a failure kind, or empty while it runs."""
    sentence: str = ""
    sent_tokens: int = 0
    cost_nano: int | None = None
    """What is booked for it; None is unknown."""
    listed_nano: int | None = None
    """What the price table makes of it; what is booked may be the provider's own word."""
    loads: bool = False
    """Its model had to be loaded first."""
    cached_tokens: int | None = None
    """Of its input, what came from a prompt cache; None where its server does not say."""
    longest_gap_ms: int | None = None
    """Between two pieces of its answer; None where there were not two."""
    energy_mj: int | None = None
    """Millijoules of an answer at home; None where they are not measured."""
    energy_nano: int | None = None
    """What that electricity cost, beside `cost_nano`."""
    energy_certain: bool | None = None
    """Measured, and not estimated."""
    searches: int | None = None
    """Searches of the web by its provider, charged by the piece; None where none are told."""
    terms: tuple[tuple[str, str], ...] = ()
    """By which its price was found, such as `service_tier`, where they changed it."""


class CheckView(msgspec.Struct, frozen=True):
    """What one check made of one answer."""

    check: str
    passed: bool | None
    """None where it could not be told."""
    sentence: str
    score: float | None = None
    """Chance that the answer is right, where the check gives one."""
    model: str = ""
    """Whose answer."""


class CacheView(msgspec.Struct, frozen=True):
    """What the cache of answers did for one prompt."""

    outcome: Literal["hit", "near", "miss", "bypass"]
    """`near`: the kept answer to a prompt that says the same. `bypass`: it was not looked for."""
    sentence: str
    of: str = ""
    """Id of the request whose answer it is."""
    age_ms: int = 0
    saved_nano: int | None = 0
    """What that request cost; None is unknown."""
    similarity: float | None = None
    """Of the two prompts, where they are not the same."""


class RequestView(msgspec.Struct, frozen=True):
    """One prompt's way, as a row of the feed. Its `id` is what `homeport why` takes."""

    id: str
    at_ms: int
    state: RequestState
    client: str = ""
    task: str = ""
    difficulty: int = 0
    private: bool = False
    mode: str = ""
    strategy: str = "single"
    place: Literal["local", "lan", "cloud", "none"] = "none"
    """Where it runs, or ended."""
    model: str = ""
    because: str = ""
    error: str = ""
    attempts: tuple[AttemptView, ...] = ()
    first_token_ms: int | None = None
    """From arrival."""
    total_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    """None is unknown."""
    certain: bool = True
    confidence: float | None = None
    """The chance of being right where it is calibrated, else the mean probability of the
    sampled tokens; None where unknown."""
    calibrated: bool = False
    confidence_note: str = ""
    """Such as `calibrated on 140 answers, error 0.04`; empty without a confidence."""
    raw_confidence: float | None = None
    """Geometric mean of the probabilities of the sampled tokens, before it was calibrated."""
    signals: tuple[tuple[str, float], ...] = ()
    """What else its confidence was made of: names and numbers from 0 to 1."""
    verdict: Literal["", "up", "down", "edit"] = ""
    """What the person said of the answer last."""
    checks: tuple[CheckView, ...] = ()
    """In the order they were made."""
    cache: CacheView | None = None
    """None where nobody asked the cache of answers."""
