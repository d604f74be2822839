"""From rules and facts to a ruling: the first rule to set a thing wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from homeport.policies.model import Ask, Mode, ModelCard, Privacy, Weights
from homeport.policies.quick import changed
from homeport.policies.rules.facts import FACTS
from homeport.policies.rules.rule import (
    NO_RULING,
    THINGS,
    Condition,
    Orders,
    Rule,
    Ruling,
    Said,
    Trait,
)

_NOTHING = Orders()
_UNSET: Mapping[str, Any] = {thing: getattr(_NOTHING, thing) for thing in THINGS}


def merged(rules: Iterable[Rule]) -> Ruling:
    """The orders of rules that all apply; the first to set a thing wins."""
    orders: dict[str, Any] = {}
    by: list[Said] = []
    for rule in rules:
        for thing in set_by(rule.then):
            if thing not in orders:
                orders[thing] = getattr(rule.then, thing)
                by.append(Said(thing=thing, rule=rule.name, say=rule.say))
    return Ruling(orders=Orders(**orders), by=tuple(by)) if by else NO_RULING


def set_by(orders: Orders) -> list[str]:
    """Names of the things that are set."""
    return [thing for thing in THINGS if getattr(orders, thing) != _UNSET[thing]]


def governed(ask: Ask, ruling: Ruling) -> Ask:
    """The ask under the ruling. Rules narrow what the caller allowed, never widen it; where
    the caller said how to weigh, the caller is heard."""
    orders = ruling.orders
    if not ruling.by or not (orders.narrows or orders.weights):
        return ask
    mode: Mode | None = "local-only" if orders.mode == "local-only" else ask.mode
    privacy: Privacy = "private" if orders.private else ask.privacy
    most_nano = _lesser(ask.max_cost_nano, orders.max_cost_nano)
    deadline_ms = min(ask.deadline_ms, orders.deadline_ms or ask.deadline_ms)
    weights = ask.weights or _weights(orders)
    as_it_is = (ask.privacy, ask.mode, ask.max_cost_nano, ask.deadline_ms, ask.weights)
    if as_it_is == (privacy, mode, most_nano, deadline_ms, weights):
        return ask
    return changed(
        ask,
        privacy=privacy,
        mode=mode,
        max_cost_nano=most_nano,
        deadline_ms=deadline_ms,
        weights=weights,
    )


def binding(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """What of these rules holds under any policy that a caller may name: privacy and refusals."""
    kept = (replace(rule, then=_bound(rule.then)) for rule in rules)
    return tuple(rule for rule in kept if rule.then != _NOTHING)


def _bound(orders: Orders) -> Orders:
    stays = orders.private or orders.mode == "local-only"
    return Orders(private=stays, refuse=orders.refuse)


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether a condition is met."""
    for trait in condition.traits:
        if not is_so(trait, facts[trait.fact]):
            return False
    if not (condition.every or condition.some or condition.none):
        return True
    return (
        all(holds(part, facts) for part in condition.every)
        and (not condition.some or any(holds(part, facts) for part in condition.some))
        and not any(holds(part, facts) for part in condition.none)
    )


def names(patterns: Iterable[str], card: ModelCard) -> bool:
    """Whether one of the patterns means this model: by its id, or by its place."""
    for pattern in patterns:  # noqa: SIM110 - a generator costs more than it asks
        if pattern == card.place or _fits(pattern, card.id):
            return True
    return False


@lru_cache(maxsize=4096)
def _fits(pattern: str, model: str) -> bool:
    """Remembered: the same few patterns are held against the same models."""
    return fnmatchcase(model.lower(), pattern.lower())


def is_so(trait: Trait, value: Any) -> bool:
    """Whether a trait is found in the value of its fact."""
    if value is None or value == ():
        return False
    words = trait.words
    if not words:
        return _within(trait, value)
    if isinstance(value, tuple):
        found = [any(_matches(word, one) for one in value) for word in words]
        return all(found) if FACTS[trait.fact].all_of else any(found)
    if value in words:
        return True
    return not FACTS[trait.fact].words and any(_matches(word, value) for word in words)


def _matches(pattern: str, word: str) -> bool:
    return pattern == word or fnmatchcase(word.lower(), pattern.lower())


def _within(trait: Trait, value: float) -> bool:
    low = trait.low is None or value >= trait.low
    high = trait.high is None or value <= trait.high
    if trait.low is not None and trait.high is not None and trait.low > trait.high:
        return low or high
    return low and high


def _lesser(asked: int | None, ruled: int | None) -> int | None:
    if asked is None or ruled is None:
        return asked if ruled is None else ruled
    return min(asked, ruled)


def _weights(orders: Orders) -> Weights | None:
    return None if orders.weights is None else _made(orders.weights)


@lru_cache(maxsize=64)
def _made(weights: tuple[float, float, float]) -> Weights:
    """The same each time: they are asked for with every prompt."""
    budget, latency, quality = weights
    return Weights(budget=budget, latency=latency, quality=quality)
