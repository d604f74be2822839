"""How fast each model is here: a guess from its size, then what was seen.

What was seen is an exponentially weighted mean over attempts (weight 0.3 for
the newest), per model.
"""

from __future__ import annotations

from dataclasses import dataclass

from homeport.policies.model import ModelCard

NEWEST_WEIGHT = 0.3
HOME_BYTES_PER_S = 12e9
"""Memory that a plain processor reads in a second: bounds decoding."""
PREFILL_PER_DECODE = 8.0
CLOUD_TOKENS_PER_S = 60.0
CLOUD_FIRST_TOKEN_MS = 700
LOAD_BYTES_PER_S = 1.5e9
LEAST_RATE = 0.01
"""Tokens a second; slower is taken for this."""
TELLING_TOKENS = 256
"""A shorter prompt tells nothing of how long a long one takes to read."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one model; tokens a second and milliseconds."""

    tokens_per_s: float
    prefill_per_s: float
    overhead_ms: float
    """To the first token, without prefill and load."""
    load_ms: float
    seen: bool = False
    prefill_seen: bool = False
    """A prompt was seen that was long enough to tell how fast prompts are read."""


def guess(card: ModelCard) -> Speed:
    """Before anything was seen."""
    if card.place == "cloud":
        return Speed(CLOUD_TOKENS_PER_S, 5_000.0, CLOUD_FIRST_TOKEN_MS, 0.0)
    size = card.size_bytes or 4_000_000_000
    decode = min(200.0, max(0.5, HOME_BYTES_PER_S / size))
    return Speed(decode, decode * PREFILL_PER_DECODE, 30.0, 1e3 * size / LOAD_BYTES_PER_S)


def blend(old: float, new: float, *, seen: bool) -> float:
    """The weighted mean; the first thing seen replaces a guess."""
    return old + NEWEST_WEIGHT * (new - old) if seen else new


class Speeds:
    """Owns what was seen."""

    def __init__(self) -> None:
        self._seen: dict[str, Speed] = {}

    def of(self, card: ModelCard) -> Speed:
        """The best that is known."""
        return self._seen.get(card.id) or guess(card)

    def seen(self, model: str) -> Speed | None:
        """What was seen of it, if anything was."""
        return self._seen.get(model)

    def note(
        self,
        card: ModelCard,
        *,
        input_tokens: int,
        output_tokens: int,
        load_ms: int | None,
        first_token_ms: int,
        total_ms: int,
    ) -> None:
        """Learn from one whole answer; times from the start of its attempt."""
        old = self.of(card)
        before_decode = max(1, first_token_ms - (load_ms or 0))
        decode_ms = max(1, total_ms - first_token_ms)
        rate = 1e3 * (output_tokens - 1) / decode_ms if output_tokens > 4 else old.tokens_per_s
        rate = max(LEAST_RATE, rate)
        prefill_ms = max(0.0, before_decode - old.overhead_ms)
        prefill, tells = old.prefill_per_s, input_tokens >= TELLING_TOKENS
        if tells and prefill_ms > 50:
            prefill = max(LEAST_RATE, 1e3 * input_tokens / prefill_ms)
        elif tells:  # too fast to be measured, so no slower than this
            prefill = max(prefill, 1e3 * input_tokens / before_decode)
        load = old.load_ms if load_ms is None else blend(old.load_ms, load_ms, seen=old.seen)
        overhead = min(before_decode, old.overhead_ms) if card.place != "cloud" else before_decode
        self._seen[card.id] = Speed(
            blend(old.tokens_per_s, rate, seen=old.seen),
            blend(old.prefill_per_s, prefill, seen=old.prefill_seen),
            blend(old.overhead_ms, overhead, seen=old.seen),
            load,
            seen=True,
            prefill_seen=old.prefill_seen or tells,
        )
