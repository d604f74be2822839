"""Rules made ready: they are asked for every prompt, so what can be is worked out once.

Nothing here changes what comes of them: `judge` says what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import is_
from typing import Any

from homeport.policies.model import Ask, Budget
from homeport.policies.rules.facts import FACTS, VALUES, Value
from homeport.policies.rules.judge import holds, is_so, merged
from homeport.policies.rules.rule import NO_RULING, Condition, Rule, Ruling, Surroundings, Trait

KEPT = 128
"""Sets of rules, and of those of one set that applied, that are remembered."""

Test = tuple[Value, Callable[[Any], bool]]
"""A fact's value, and whether a trait finds it so."""


class ReadyRules:
    """Some rules, in their order, with the tests that most of them fail first."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        tested = [_tests(rule.when) for rule in rules]
        self._after = [tests[1:] for tests in tested]
        self._rest = [_rest(rule.when) for rule in rules]
        """What has to hold too where the first test of a rule does."""
        self._always = [number for number, tests in enumerate(tested) if not tests]
        self._by_word: dict[Value, dict[str, list[int]]] = {}
        """Of each fact that rules look at first: what they want it to be, and which rules."""
        self._by_test: dict[Value, list[tuple[int, Callable[[Any], bool]]]] = {}
        """The rules that look for a pattern or a number first; they find nothing in nothing."""
        for number, tests in enumerate(tested):
            if tests:
                self._begin(number, *tests[0])
        self._applied: dict[tuple[int, ...], tuple[Rule, ...]] = {}
        self._ruling: Ruling | None = None

    def __repr__(self) -> str:
        return f"ReadyRules({len(self.rules)})"

    def that_apply(self, ask: Ask, budget: Budget, around: Surroundings) -> tuple[Rule, ...]:
        """Those whose condition holds; the same ones are the same tuple each time."""
        begun = [*self._always]
        for value, by_word in self._by_word.items():
            begun += by_word.get(value(ask, budget, around), ())
        for value, tests in self._by_test.items():
            found = value(ask, budget, around)
            if found is not None and found != ():
                begun += [number for number, is_right in tests if is_right(found)]
        begun.sort()
        key = tuple([number for number in begun if self._holds(number, ask, budget, around)])
        applied = self._applied.get(key)
        if applied is None:
            _make_room(self._applied)
            applied = self._applied[key] = tuple([self.rules[number] for number in key])
        return applied

    def _begin(self, number: int, value: Value, is_right: Callable[[Any], bool]) -> None:
        """This is the first thing that a rule looks at."""
        words = getattr(is_right, "__self__", None)
        if not isinstance(words, frozenset):
            self._by_test.setdefault(value, []).append((number, is_right))
            return
        for word in words:
            self._by_word.setdefault(value, {}).setdefault(word, []).append(number)

    def _holds(self, number: int, ask: Ask, budget: Budget, around: Surroundings) -> bool:
        """Whether what comes after its first test holds too."""
        for value, is_right in self._after[number]:
            if not is_right(value(ask, budget, around)):
                return False
        rest = self._rest[number]
        return rest is None or holds(rest, _Facts(ask, budget, around))

    @property
    def ruling(self) -> Ruling:
        """What they come to where all of them apply."""
        if self._ruling is None:
            self._ruling = merged(self.rules)
        return self._ruling


_ready: dict[int, ReadyRules] = {}
"""By the identity of the rules, which it keeps alive."""


def ready(rules: tuple[Rule, ...]) -> ReadyRules:
    """These rules made ready; remembered, so that the same tuple is made ready once."""
    found = _ready.get(id(rules))
    if found is None:
        _make_room(_ready)
        found = _ready[id(rules)] = ReadyRules(rules)
    return found


def rules_that_apply(
    rules: Iterable[Rule], ask: Ask, budget: Budget, around: Surroundings
) -> tuple[Rule, ...]:
    """The rules whose condition holds, in their order. Another ruling cannot come of them."""
    asked = (ask, budget, around)
    if _same(_applied_last, (rules, *asked)):
        return tuple(rules)
    applied = ready(tuple(rules)).that_apply(*asked)
    _applied_last[:] = (applied, *asked)
    return applied


_applied_last: list[object] = [None] * 4
"""The rules that applied last, and to what they did: they are asked again when it is decided."""


def _same(known: list[object], asked: tuple[object, ...]) -> bool:
    """The very same values."""
    return all(map(is_, known, asked))


def ruling_of(rules: tuple[Rule, ...], ask: Ask, budget: Budget, around: Surroundings) -> Ruling:
    """What the rules come to for this prompt."""
    if not rules:
        return NO_RULING
    return ruling_where_all_apply(rules_that_apply(rules, ask, budget, around))


def ruling_where_all_apply(rules: tuple[Rule, ...]) -> Ruling:
    """What rules come to that all apply."""
    return ready(rules).ruling


class _Facts(dict[str, Any]):
    """Facts by name, each worked out when it is asked for."""

    def __init__(self, ask: Ask, budget: Budget, around: Surroundings) -> None:
        super().__init__()
        self._of = (ask, budget, around)

    def __missing__(self, name: str) -> Any:
        value = self[name] = VALUES[name](*self._of)
        return value


def _tests(condition: Condition) -> list[Test]:
    """Every trait as a test, the quickest first."""
    traits = sorted(condition.traits, key=lambda trait: not _is_plain(trait))
    return [(VALUES[trait.fact], _test(trait)) for trait in traits]


def _test(trait: Trait) -> Callable[[Any], bool]:
    if _is_plain(trait):
        return frozenset(trait.words).__contains__
    if not trait.words:
        return _range(trait.low, trait.high) or partial(is_so, trait)
    if FACTS[trait.fact].words or any(sign in word for word in trait.words for sign in "*?["):
        return partial(_unless_empty, trait)
    return partial(_named, trait, frozenset([word.lower() for word in trait.words]))


def _range(low: float | None, high: float | None) -> Callable[[Any], bool] | None:
    """A number within a range that does not go round; None where it does, or is open."""
    if low is not None and high is not None:
        return (lambda value: value is not None and low <= value <= high) if low <= high else None
    if low is not None:
        return lambda value: value is not None and value >= low
    return None if high is None else lambda value: value is not None and value <= high


def _unless_empty(trait: Trait, value: Any) -> bool:
    return bool(value) and is_so(trait, value)


def _named(trait: Trait, words: frozenset[str], value: Any) -> bool:
    """Of words without a pattern in them."""
    if isinstance(value, str):
        return value.lower() in words
    return bool(value) and is_so(trait, value)


def _is_plain(trait: Trait) -> bool:
    """One of some words that are known beforehand: no pattern, no list."""
    fact = FACTS[trait.fact]
    return bool(trait.words) and bool(fact.words) and not fact.all_of


def _rest(condition: Condition) -> Condition | None:
    """The parts of a condition; None where it has none."""
    if not (condition.every or condition.some or condition.none):
        return None
    return Condition(every=condition.every, some=condition.some, none=condition.none)


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= KEPT:
        kept.clear()
