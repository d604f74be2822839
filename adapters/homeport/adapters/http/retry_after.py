"""Reads how long an upstream asks to be left alone, in all the ways it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

MAX_MS: Final = 24 * 3600 * 1000
"""No hint is believed beyond a day."""

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_MS: Final = {"ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_RESETS: Final = ("requests", "tokens")


def retry_after_ms(headers: Mapping[str, str], *, now_s: float) -> int | None:
    """Milliseconds to wait; None where nothing was said or it makes no sense.

    `headers` has lower-case names; `now_s` is Unix time.
    """
    # 1. the exact hint, 2. the standard one, 3. when the used-up window resets.
    exact = _number(headers.get("retry-after-ms", ""))
    if exact is not None:
        return _bounded(exact)
    standard = headers.get("retry-after", "").strip()
    if standard:
        seconds = _number(standard)
        return _bounded(seconds * 1000 if seconds is not None else _until(standard, now_s))
    return _bounded(_window_reset(headers, now_s))


def _window_reset(headers: Mapping[str, str], now_s: float) -> float | None:
    spans = []
    for window in _RESETS:
        reset = headers.get(f"x-ratelimit-reset-{window}")
        if reset and _number(headers.get(f"x-ratelimit-remaining-{window}", "0")) == 0:
            spans.append(span_ms(reset, now_s))
    plain = headers.get("x-ratelimit-reset")
    if plain:
        spans.append(span_ms(plain, now_s))
    return max((span for span in spans if span is not None), default=None)


def span_ms(value: str, now_s: float) -> float | None:
    """`6m0s`, `88ms`, seconds, or a moment in Unix seconds or milliseconds; in milliseconds."""
    number = _number(value)
    if number is None:
        parts = _SPAN.findall(value)
        return sum(float(count) * _UNIT_MS[unit] for count, unit in parts) if parts else None
    if number > 1e11:
        return number - now_s * 1000
    if number > 1e8:
        return (number - now_s) * 1000
    return number * 1000


def _until(date: str, now_s: float) -> float | None:
    try:
        return (parsedate_to_datetime(date).timestamp() - now_s) * 1000
    except (ValueError, TypeError, OverflowError):
        return None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None


def _bounded(span_ms: float | None) -> int | None:
    return None if span_ms is None else round(min(MAX_MS, max(0, span_ms)))
