"""Reads what an upstream says of its rate limits: how much it takes, what is left, until when.

One vocabulary for all: a name is taken apart at its dashes, and each word says
what is counted, over how long, or which figure it is.

    x-ratelimit-limit-requests, …-remaining-tokens, …-reset-tokens   OpenAI, Groq
    x-ratelimit-remaining-tokens-minute, …-requests-day              Cerebras, Mistral (`req`)
    anthropic-ratelimit-input-tokens-reset (a moment, RFC 3339)      Anthropic
    x-ratelimit-limit, x-tokenlimit-remaining, ratelimitbysize-…     OpenRouter, Together, Mistral

Who does not say over how long it counts means a minute, unless the moment at
which it is full again is farther away than that.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from homeport.adapters.http.retry_after import span_ms

Counted = Literal["requests", "tokens", "input", "output"]
Figure = Literal["limit", "remaining", "reset"]

MINUTE_S: Final = 60.0
_PERIODS: Final = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_FIGURES: Final[tuple[Figure, ...]] = ("limit", "remaining", "reset")
_COUNTED: Final[dict[str, Counted]] = {
    "ratelimit": "requests",
    "requests": "requests",
    "req": "requests",
    "ratelimitbysize": "tokens",
    "tokenlimit": "tokens",
    "tokens": "tokens",
    "input": "input",
    "output": "output",
}
"""By a word of the name; of several the last of these counts."""
_RANK: Final = tuple(_COUNTED)
_SAYS_SO: Final = ("ratelimit", "ratelimitbysize", "tokenlimit")
_NO_MEANING: Final = frozenset({"x", "anthropic"})
_MOST: Final = 10**12


class Allowance(NamedTuple):
    """What may be asked of an upstream in a while, and what is left of it."""

    counts: Counted
    limit: int
    remaining: int
    period_s: float
    """In which all of it comes back."""


class _Said(NamedTuple):
    figure: Figure
    counts: Counted
    period_s: float | None


def allowances(headers: Mapping[str, str], *, now_s: float) -> tuple[Allowance, ...]:
    """Every limit that is told with what is left of it. What makes no sense is left out.

    `headers` has lower-case names; `now_s` is Unix time.
    """
    found: dict[tuple[Counted, float | None], dict[Figure, str]] = {}
    for name, value in headers.items():
        if "limit" not in name:
            continue
        said = _said(name)
        if said is not None:
            found.setdefault((said.counts, said.period_s), {})[said.figure] = value
    if not found:
        return ()
    made = [_allowance(*key, figures, now_s) for key, figures in found.items()]
    return tuple([one for one in made if one is not None])


@lru_cache(maxsize=256)
def _said(name: str) -> _Said | None:
    """What a header is about; None where any word of it is unknown."""
    words = [word for word in name.split("-") if word not in _NO_MEANING]
    figures = [figure for figure in _FIGURES if figure in words]
    counted = [word for word in words if word in _COUNTED]
    periods = [word for word in words if word in _PERIODS]
    known = len(figures) + len(counted) + len(periods)
    if len(figures) != 1 or known != len(words) or not set(_SAYS_SO).intersection(words):
        return None
    meant = _COUNTED[max(counted, key=_RANK.index)]
    return _Said(figures[0], meant, _PERIODS[periods[0]] if periods else None)


def _allowance(
    counts: Counted, period_s: float | None, figures: Mapping[Figure, str], now_s: float
) -> Allowance | None:
    limit, remaining = _whole(figures.get("limit", "")), _whole(figures.get("remaining", ""))
    if not limit or remaining is None:
        return None
    remaining = min(remaining, limit)
    if period_s is None:
        reset_s = _seconds_until(figures.get("reset", ""), now_s)
        period_s = _period(limit, limit - remaining, reset_s)
    return Allowance(counts, limit, remaining, period_s)


def _period(limit: int, used: int, reset_s: float) -> float:
    """Over how long it counts, from the time that what is used takes to come back."""
    if reset_s <= MINUTE_S or not used:
        return MINUTE_S
    whole_s = reset_s * limit / used
    return next((p for p in (3600.0, 86_400.0) if whole_s <= p * 1.5), 86_400.0)


def _seconds_until(value: str, now_s: float) -> float:
    """From a span, seconds or a moment; 0 where it cannot be read."""
    span = span_ms(value, now_s)
    if span is not None and "T" not in value:
        return max(0.0, span / 1000)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, moment.timestamp() - now_s)


def _whole(value: str) -> int | None:
    """A number from 0 up; None for any other text, and for what no limit can be."""
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if 0 <= number <= _MOST else None
