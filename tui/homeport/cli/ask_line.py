"""The one line about an answer: where it ran, why, how long it took, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from homeport.cli.output import one_line
from homeport.client.units import NANO, duration, money

if TYPE_CHECKING:
    from homeport.client.wire import AskResult, CheckView

_DOT = " · "
_ALONE = ("single", "cheapest")
_IN_TURN = (*_ALONE, "fallback")
"""Strategies of which each further attempt takes the place of the one before."""
_DEMONSTRATION = (
    "This came from a demonstration model; do not rely on it. "
    "`homeport doctor` says which model this machine can run well."
)


def where_why_cost(result: AskResult) -> str:
    """Such as `local smollm2-135m · only model here · 0.8 s, first token 0.2 s · $0`."""
    parts = [
        _where(result),
        one_line(result.metadata.get("because") or "").rstrip("."),
        _how_long(result),
        _speed(result),
        _cost(result),
    ]
    return _DOT.join(part for part in parts if part)


def how_it_was_made(result: AskResult) -> str:
    """Such as `verify: a/x, b/y · checked: arithmetic failed (17 * 3 is 51); schema passed`.

    Empty where one model answered, and nothing was looked at.
    """
    parts = []
    if result.strategy != "single":
        parts.append(f"{result.strategy}: {', '.join(_models(result))}")
    if result.checks:
        told = dict.fromkeys(_check(check) for check in _telling(result.checks))
        parts.append("checked: " + "; ".join(told))
    return one_line(_DOT.join(parts))


def _models(result: AskResult) -> list[str]:
    """Every model that was asked, in that order."""
    asked = [attempt.model for attempt in result.attempts]
    return list(dict.fromkeys([*asked, *(result.ensemble_models or ()), result.model_used]))


def _telling(checks: Sequence[CheckView]) -> list[CheckView]:
    """Without those that could not be told of one answer and were told of another."""
    told = {check.check for check in checks if check.passed is not None}
    return [check for check in checks if check.passed is not None or check.check not in told]


def _check(check: CheckView) -> str:
    if check.passed:
        return f"{check.check} passed"
    word = "could not be told" if check.passed is None else "failed"
    said = (check.sentence or "").rstrip(".")
    return f"{check.check} {word} ({said})" if said else f"{check.check} {word}"


def advice(result: AskResult) -> str:
    """What would give better answers; empty where nothing is to be said."""
    said = result.metadata.get("advice") or ""
    if not said and result.metadata.get("demonstration"):
        # The daemon answers before it has measured what else this machine could run.
        said = _DEMONSTRATION
    return one_line(said)


def _where(result: AskResult) -> str:
    name = one_line(result.model_used.partition("/")[2] or result.model_used)
    if result.strategy not in _IN_TURN:
        return f"{result.place} {name}"
    places = [str(attempt.place) for attempt in result.attempts] or [result.place]
    way = [place for n, place in enumerate(places) if n == 0 or place != places[n - 1]]
    if result.cache is not None and result.cache.of:
        return f"cache {name}"
    tries = f" ({len(places)} attempts)" if len(places) > 1 else ""
    return f"{'→'.join(way)} {name}{tries}"


def _how_long(result: AskResult) -> str:
    first = result.metadata.get("first_token_ms")
    whole = duration(result.latency * 1000)
    return whole if first is None else f"{whole}, first token {duration(first)}"


def _speed(result: AskResult) -> str:
    """Of the one model that wrote it all."""
    tokens_per_s = result.metadata.get("tokens_per_s")
    alone = result.strategy in _ALONE
    return f"{tokens_per_s:.0f} tokens/s" if tokens_per_s and alone else ""


def _cost(result: AskResult) -> str:
    nano = result.metadata.get("cost_nano")
    if nano is None and result.cost is not None:
        nano = round(result.cost * NANO)
    return money(nano, certain=result.metadata.get("certain", True))
