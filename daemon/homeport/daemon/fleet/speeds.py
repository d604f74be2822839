"""How fast each model is here: a guess from its size, then what was seen.

Rates are an exponentially weighted mean over attempts (weight 0.3 for the
newest). What is before the first token at a server in the network or the cloud
is the median of the last short prompts, since one slow answer in twenty says
little of the next; on this machine it is the least that was seen. What earlier
runs of the daemon saw is read from its requests when a model is first asked for.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import lru_cache
from statistics import median

from msgspec import Struct

from homeport.client.wire import RequestView
from homeport.daemon.fleet.after_sleep import AfterSleep, OnCard
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
TELLING_ANSWER = 16
"""Tokens; a shorter answer tells nothing of how fast they come."""
STARTS_KEPT = 15
RECALLED = 12
"""Answers of earlier runs, of one model."""


class Speed(Struct, frozen=True, gc=False):
    """Of one model; tokens a second and milliseconds."""

    tokens_per_s: float
    prefill_per_s: float
    overhead_ms: float
    """To the first token, without prefill and load."""
    load_ms: float
    seen: bool = False
    prefill_seen: bool = False
    """A prompt was seen that was long enough to tell how fast prompts are read."""


class Timing(Struct, frozen=True, kw_only=True, gc=False):
    """One whole answer; times from the start of its attempt."""

    input_tokens: int
    """Without those from a prompt cache."""
    output_tokens: int
    load_ms: int | None
    """Until its prompt was begun to be read: in line, or while the model was loaded."""
    loads: bool
    """It was loaded."""
    first_token_ms: int
    total_ms: int


def guess(card: ModelCard) -> Speed:
    """Before anything was seen."""
    return IN_THE_CLOUD if card.place == "cloud" else _at_home(card.size_bytes or 4_000_000_000)


IN_THE_CLOUD = Speed(CLOUD_TOKENS_PER_S, 5_000.0, CLOUD_FIRST_TOKEN_MS, 0.0)


@lru_cache(maxsize=256)
def _at_home(size: int) -> Speed:
    decode = min(200.0, max(0.5, HOME_BYTES_PER_S / size))
    return Speed(decode, decode * PREFILL_PER_DECODE, 30.0, 1e3 * size / LOAD_BYTES_PER_S)


def blend(old: float, new: float, *, seen: bool) -> float:
    """The weighted mean; the first thing seen replaces a guess."""
    return old + NEWEST_WEIGHT * (new - old) if seen else new


class Speeds:
    """Owns what was seen."""

    def __init__(self) -> None:
        self.after_sleep = AfterSleep()
        self._seen: dict[str, Speed] = {}
        self._starts: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=STARTS_KEPT))
        """Milliseconds to the first token of short prompts, away from this machine."""
        self._recalled: dict[str, deque[Timing]] = {}
        """Of earlier runs, until their model is asked for."""

    def __repr__(self) -> str:
        return f"Speeds({len(self._seen)} models)"

    def of(self, card: ModelCard) -> Speed:
        """The best that is known."""
        if self._recalled and card.id in self._recalled:
            for timing in self._recalled.pop(card.id):
                self._learn(card, timing)
        return self._seen.get(card.id) or guess(card)

    def seen(self, model: str) -> Speed | None:
        """What was seen of it, if anything was."""
        return self._seen.get(model)

    def recall(self, request: RequestView) -> None:
        """Learn from a request of an earlier run, where one model answered it alone."""
        if len(request.attempts) != 1 or request.state != "done":
            return
        (attempt,) = request.attempts
        start, first, end = attempt.started_ms, attempt.first_token_ms, attempt.ended_ms
        if attempt.outcome != "done" or first is None or end is None:
            return
        load_ms = None if attempt.loaded_ms is None else max(0, attempt.loaded_ms - start)
        timing = Timing(
            input_tokens=max(0, (request.input_tokens or 0) - (attempt.cached_tokens or 0)),
            output_tokens=request.output_tokens or attempt.sent_tokens,
            load_ms=load_ms,
            loads=attempt.loads,
            first_token_ms=max(0, first - start),
            total_ms=max(0, end - start),
        )
        self._recalled.setdefault(attempt.model, deque(maxlen=RECALLED)).append(timing)

    def note(
        self,
        card: ModelCard,
        *,
        input_tokens: int,
        output_tokens: int,
        load_ms: int | None,
        first_token_ms: int,
        total_ms: int,
        loads: bool = False,
    ) -> None:
        """Learn from one whole answer; times from the start of its attempt."""
        timing = Timing(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            load_ms=load_ms,
            loads=loads,
            first_token_ms=first_token_ms,
            total_ms=total_ms,
        )
        if self.after_sleep.doubts(card.id):
            self._compare(card.id, timing)
        self._learn(card, timing)

    def slept(self, models: Iterable[str]) -> None:
        """This machine slept: these, which run on it, may be slower now."""
        speeds = {model: self._seen.get(model) for model in models}
        rates = {model: speed.tokens_per_s if speed else None for model, speed in speeds.items()}
        self.after_sleep.slept(rates)

    def told(self, running: Mapping[str, OnCard]) -> None:
        """A server at home told what it has loaded, and how much of that on a graphics card."""
        for model in self.after_sleep.told(running):
            self.forget(model)

    def forget(self, model: str) -> None:
        """What was seen of it holds no longer."""
        for known in (self._seen, self._starts, self._recalled):
            known.pop(model, None)

    def _compare(self, model: str, timing: Timing) -> None:
        """With what it did before the sleep."""
        decode_ms = max(1, timing.total_ms - timing.first_token_ms)
        if timing.output_tokens < TELLING_ANSWER:
            return
        if self.after_sleep.answered(model, 1e3 * (timing.output_tokens - 1) / decode_ms):
            self.forget(model)

    def _learn(self, card: ModelCard, timing: Timing) -> None:
        old = self.of(card)
        before_decode = max(1, timing.first_token_ms - (timing.load_ms or 0))
        tells = timing.input_tokens >= TELLING_TOKENS
        prefill = _prefill(old, timing.input_tokens, before_decode) if tells else old.prefill_per_s
        load = timing.load_ms if timing.loads else None
        self._seen[card.id] = Speed(
            blend(old.tokens_per_s, _rate(old, timing), seen=old.seen),
            blend(old.prefill_per_s, prefill, seen=old.prefill_seen),
            self._overhead(card, old, before_decode, short=not tells),
            old.load_ms if load is None else blend(old.load_ms, load, seen=old.seen),
            seen=True,
            prefill_seen=old.prefill_seen or tells,
        )

    def _overhead(self, card: ModelCard, old: Speed, before_decode: int, *, short: bool) -> float:
        if card.place == "local":
            return blend(old.overhead_ms, min(before_decode, old.overhead_ms), seen=old.seen)
        starts = self._starts[card.id]
        if short:
            starts.append(before_decode)
        return median(starts) if starts else min(before_decode, old.overhead_ms)


def _rate(old: Speed, timing: Timing) -> float:
    """Tokens a second; a few tokens tell nothing."""
    if timing.output_tokens <= 4:
        return old.tokens_per_s
    decode_ms = max(1, timing.total_ms - timing.first_token_ms)
    return max(LEAST_RATE, 1e3 * (timing.output_tokens - 1) / decode_ms)


def _prefill(old: Speed, tokens: int, before_decode: int) -> float:
    """Tokens of input a second, from a prompt that is long enough to tell."""
    prefill_ms = max(0.0, before_decode - old.overhead_ms)
    if prefill_ms > 50:
        return max(LEAST_RATE, 1e3 * tokens / prefill_ms)
    # too fast to be measured, so no slower than this
    return max(old.prefill_per_s, 1e3 * tokens / before_decode)
