"""Small faults in a policy's rules: what its cases have to notice.

A rule left out, an order left out, a part of a condition left out or moved by the
least step, a word left out of a list, a place for another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from homeport.policies.rules.rule import Condition, Orders, Rule, Trait

Rules = tuple[Rule, ...]
_STEPS = {"battery": 0.01, "budget_left": 0.01}
_OTHER_PLACE = {"local": "cloud", "lan": "local", "cloud": "local"}
_EMPTY = Orders()


def policy_mutants(rules: Rules) -> Iterator[tuple[str, Rules]]:
    """Every fault, with what it does in words."""
    for place, rule in enumerate(rules):
        yield f"`{rule.name}` left out", (*rules[:place], *rules[place + 1 :])
        for what, other in _of_rule(rule):
            yield f"`{rule.name}`: {what}", (*rules[:place], other, *rules[place + 1 :])


def _of_rule(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for what, when in _of_condition(rule.when):
        yield what, replace(rule, when=when)
    for what, then in _of_orders(rule.then):
        yield what, replace(rule, then=then)


def _of_condition(when: Condition) -> Iterator[tuple[str, Condition]]:
    for place, trait in enumerate(when.traits):
        rest = (*when.traits[:place], *when.traits[place + 1 :])
        yield f"whatever its {trait.fact}", replace(when, traits=rest)
        for what, other in _of_trait(trait):
            traits = (*when.traits[:place], other, *when.traits[place + 1 :])
            yield what, replace(when, traits=traits)


def _of_trait(trait: Trait) -> Iterator[tuple[str, Trait]]:
    for word in trait.words if len(trait.words) > 1 else ():
        rest = tuple(one for one in trait.words if one != word)
        yield f"{trait.fact} without {word}", replace(trait, words=rest)
    step = _STEPS.get(trait.fact, 1)
    for end in ("low", "high"):
        value = getattr(trait, end)
        if value is not None:
            for moved in (value - step, value + step):
                moved = round(moved, 9)
                yield f"{trait.fact} {end} {value:g} as {moved:g}", _with(trait, end, moved)


def _of_orders(then: Orders) -> Iterator[tuple[str, Orders]]:
    for field in fields(Orders):
        value = getattr(then, field.name)
        if value == getattr(_EMPTY, field.name):
            continue
        yield f"no {field.name}", _with(then, field.name, getattr(_EMPTY, field.name))
        for what, other in _other_values(value):
            yield f"{field.name} {what}", _with(then, field.name, other)


def _other_values(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        flipped = tuple(_OTHER_PLACE.get(one, one) for one in value)
        if flipped != value:
            yield f"{', '.join(value)} as {', '.join(flipped)}", flipped
    elif isinstance(value, tuple) and value != value[::-1]:
        yield f"{value} turned round", tuple(reversed(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield f"{value} doubled", value * 2
        yield f"{value} halved", value // 2


def _with(thing: Any, name: str, value: Any) -> Any:
    return replace(thing, **{name: value})
