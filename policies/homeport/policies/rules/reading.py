"""From the tables of a policy file to a `Book`, with everything that is wrong in them.

Nothing is raised: what cannot be read is left out of the book and found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args

from homeport.policies.model import Mode, Place, Strategy, Weights
from homeport.policies.rules.book import Book, Finding, Key
from homeport.policies.rules.facts import FACTS, Fact
from homeport.policies.rules.rule import Condition, Orders, Rule, Trait
from homeport.policies.rules.words import (
    NANO,
    Unclear,
    range_from,
    weights_from,
    weights_of_names,
)

MAX_RULES = 200
MAX_DEPTH = 4
"""Of `any`, `all` and `not` inside each other."""
MAX_WORDS = 64
LONGEST_WORD = 200
TABLES = ("summary", "mode", "weights", "explore", "cloud_share", "include", "rule", "case")
RULE_KEYS = ("name", "say", "when", "then")
GROUPS = ("any", "all", "not")
MOST_EXPLORED = 0.2
MOST_USD = 1_000_000.0
MOST_SECONDS = 86_400.0


def book_from(raw: Mapping[str, Any], name: str) -> tuple[Book, list[Finding]]:
    """The book that the tables of a file say, and what is wrong in them."""
    reader = _Reader()
    book = reader.book(raw, name)
    return book, reader.found


class _Reader:
    """Collects findings while it reads."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def book(self, raw: Mapping[str, Any], name: str) -> Book:
        self._known(raw, TABLES, (), "a table or key of a policy")
        mode = self._one_of(raw.get("mode"), get_args(Mode), ("mode",))
        return Book(
            name=name,
            summary=self._text(raw.get("summary", ""), ("summary",)),
            mode=next((known for known in get_args(Mode) if known == mode), None),
            weights=self._weights(raw.get("weights"), ("weights",)),
            explore=self._share(raw.get("explore", 0.0), ("explore",), MOST_EXPLORED) or 0.0,
            cloud_share=self._share(raw.get("cloud_share"), ("cloud_share",), 1.0),
            include=self._words(raw.get("include", []), ("include",)),
            rules=self._rules(raw.get("rule", [])),
            cases=tuple(case for _, case in self._tables(raw.get("case", []), ("case",))),
        )

    def say(self, key: Key, sentence: str, nearest: str = "") -> None:
        self.found.append(Finding(key, sentence, nearest))

    # -- rules

    def _rules(self, raw: Any) -> tuple[Rule, ...]:
        tables = self._tables(raw, ("rule",))
        if len(tables) > MAX_RULES:
            self.say(("rule", MAX_RULES), f"There are over {MAX_RULES} rules.")
        rules: list[Rule] = []
        for key, table in tables[:MAX_RULES]:
            rule = self._rule(table, key, len(rules) + 1)
            if rule.name in [known.name for known in rules]:
                self.say((*key, "name"), f"Two rules are named `{rule.name}`.")
            rules.append(rule)
        return tuple(rules)

    def _rule(self, table: Mapping[str, Any], key: Key, number: int) -> Rule:
        self._known(table, RULE_KEYS, key, "a key of a rule")
        name = self._text(table.get("name", f"rule {number}"), (*key, "name"))
        if not table.get("then"):
            self.say(key, f"The rule `{name}` needs a `then` that sets something.")
        return Rule(
            name=name or f"rule {number}",
            when=self._condition(table.get("when", {}), (*key, "when"), 0),
            then=self._orders(table.get("then", {}), (*key, "then")),
            say=self._text(table.get("say", ""), (*key, "say")),
        )

    # -- when

    def _condition(self, raw: Any, key: Key, depth: int) -> Condition:
        if not isinstance(raw, dict):
            self.say(key, f'`{_told(key)}` is a table, such as {{ task = "code" }}.')
            return Condition()
        if depth > MAX_DEPTH:
            self.say(key, f"`any`, `all` and `not` may stand {MAX_DEPTH} deep in each other.")
            return Condition()
        self._known(raw, (*FACTS, *GROUPS), key, "something a rule can ask about")
        return Condition(
            traits=tuple(
                self._trait(name, raw[name], (*key, name)) for name in raw if name in FACTS
            ),
            every=self._group(raw, "all", key, depth),
            some=self._group(raw, "any", key, depth),
            none=self._group(raw, "not", key, depth),
        )

    def _group(
        self, raw: Mapping[str, Any], name: str, key: Key, depth: int
    ) -> tuple[Condition, ...]:
        if name not in raw:
            return ()
        parts = raw[name] if isinstance(raw[name], list) else [raw[name]]
        if not parts or len(parts) > MAX_WORDS:
            self.say((*key, name), f"`{name}` takes 1 to {MAX_WORDS} tables.")
        return tuple(
            self._condition(
                part, (*key, name, index) if len(parts) > 1 else (*key, name), depth + 1
            )
            for index, part in enumerate(parts[:MAX_WORDS])
        )

    def _trait(self, name: str, value: Any, key: Key) -> Trait:
        fact = FACTS[name]
        if fact.is_number:
            low, high = self._range(fact, value, key)
            return Trait(fact=name, low=low, high=high)
        if isinstance(value, bool) and fact.words == ("yes", "no"):
            value = "yes" if value else "no"
        words = self._words(value, key, fact.words)
        if value == []:
            self.say(key, f"`{_told(key)}` needs at least one word.")
        return Trait(fact=name, words=words)

    def _range(self, fact: Fact, value: Any, key: Key) -> tuple[float | None, float | None]:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            value = ""
        try:
            low, high = range_from(str(value))
        except Unclear as unclear:
            self.say(key, f"`{_told(key)}`: {unclear}")
            return None, None
        assert fact.least is not None  # noqa: S101 - it is a number
        outside = [
            end for end in (low, high) if end is not None and not fact.least <= end <= fact.most
        ]
        if outside:
            self.say(
                key,
                f"`{_told(key)}` goes from {fact.least:g} to {fact.most:g}, "
                f"so that {outside[0]:g} is never reached.",
            )
        elif low is not None and high is not None and low > high and not fact.goes_round:
            self.say(key, f"`{_told(key)}` can never match: {low:g} is above {high:g}.")
        return low, high

    # -- then

    def _orders(self, raw: Any, key: Key) -> Orders:
        if not isinstance(raw, dict):
            self.say(key, f'`{_told(key)}` is a table, such as {{ place = "local" }}.')
            return Orders()
        self._known(raw, tuple(_ORDERS), key, "something a rule can set")
        orders = Orders()
        for name, value in raw.items():
            if name in _ORDERS:
                thing, read = _ORDERS[name]
                taken = read(self, value, (*key, name))
                orders = replace(orders, **{thing: taken})
        if orders.refuse and len(raw) > 1:
            self.say(key, "A rule that refuses sets nothing else.")
        return orders

    def places(self, value: Any, key: Key) -> tuple[str, ...]:
        return self._words(value, key, get_args(Place))

    def models(self, value: Any, key: Key) -> tuple[str, ...]:
        return self._words(value, key)

    def strategy(self, value: Any, key: Key) -> str:
        return self._one_of(value, get_args(Strategy), key)

    def mode(self, value: Any, key: Key) -> str:
        return self._one_of(value, get_args(Mode), key)

    def weighing(self, value: Any, key: Key) -> tuple[float, float, float] | None:
        weights = self._weights(value, key)
        return (weights.budget, weights.latency, weights.quality) if weights else None

    def money(self, value: Any, key: Key) -> int | None:
        return self._scaled(value, key, MOST_USD, NANO, "dollars, such as 0.02")

    def seconds(self, value: Any, key: Key) -> int | None:
        scaled = self._scaled(value, key, MOST_SECONDS, 1000, "seconds, such as 30")
        if scaled == 0:
            self.say(key, f"`{_told(key)}` leaves no time at all.")
        return scaled or None

    def privacy(self, value: Any, key: Key) -> bool:
        if value == "private":
            return True
        self.say(key, f'`{_told(key)}` can only be set to "private": no rule opens a door.')
        return False

    def sentence(self, value: Any, key: Key) -> str:
        text = self._text(value, key)
        if not text:
            self.say(key, f"`{_told(key)}` is the sentence that the caller reads.")
        return text

    # -- values

    def _scaled(self, value: Any, key: Key, most: float, scale: int, unit: str) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            self.say(key, f"`{_told(key)}` is a number of {unit}.")
            return None
        return round(value * scale)

    def _share(self, value: Any, key: Key, most: float) -> float | None:
        if value is None or (_is_number(value) and 0 <= value <= most):
            return None if value is None else float(value)
        self.say(key, f"`{_told(key)}` is a share from 0 to {most:g}.")
        return None

    def _weights(self, value: Any, key: Key) -> Weights | None:
        if value is None:
            return None
        try:
            if isinstance(value, str):
                return weights_from(value)
            if not isinstance(value, dict) or not all(map(_is_number, value.values())):
                raise Unclear("Weights are a table such as { budget = 0.5, quality = 0.5 }.")
            return weights_of_names(value)
        except Unclear as unclear:
            self.say(key, f"`{_told(key)}`: {unclear}")
            return None

    def _tables(self, raw: Any, key: Key) -> list[tuple[Key, dict[str, Any]]]:
        if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
            self.say(key, f"`{_told(key)}` are tables, each begun by [[{key[0]}]].")
            return []
        return [((*key, index), table) for index, table in enumerate(raw)]

    def _text(self, value: Any, key: Key) -> str:
        if isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable():
            return value.strip()
        self.say(key, f"`{_told(key)}` is one line of text, at most {LONGEST_WORD} letters.")
        return ""

    def _words(self, value: Any, key: Key, known: Sequence[str] = ()) -> tuple[str, ...]:
        words = value if isinstance(value, list) else [value]
        if len(words) > MAX_WORDS or not all(isinstance(word, str) and word for word in words):
            self.say(key, f"`{_told(key)}` is a word, or a list of at most {MAX_WORDS}.")
            return ()
        good = [
            self._one_of(word, known, key) if known else self._text(word, key) for word in words
        ]
        return tuple(dict.fromkeys(word for word in good if word))

    def _one_of(self, value: Any, known: Sequence[str], key: Key) -> str:
        if value is None or value in known:
            return value or ""
        near = get_close_matches(str(value), known, n=1, cutoff=0.4)
        advice = f' Did you mean "{near[0]}"?' if near else f" There are: {', '.join(known)}."
        shown = f'"{value}"' if isinstance(value, str) and len(value) < 60 else "that"
        self.say(key, f"`{_told(key)}` cannot be {shown}.{advice}", near[0] if near else "")
        return ""

    def _known(self, table: Mapping[str, Any], known: Sequence[str], at: Key, what: str) -> None:
        for name in table:
            if name not in known:
                near = get_close_matches(name, known, n=1, cutoff=0.6)
                advice = (
                    f" Did you mean `{near[0]}`?" if near else f" There are: {', '.join(known)}."
                )
                self.say(
                    (*at, name), f"`{name[:60]}` is not {what}.{advice}", near[0] if near else ""
                )


_ORDERS: Mapping[str, tuple[str, Callable[[_Reader, Any, Key], Any]]] = {
    "place": ("places", _Reader.places),
    "models": ("allow", _Reader.models),
    "deny": ("deny", _Reader.models),
    "prefer": ("prefer", _Reader.models),
    "strategy": ("strategy", _Reader.strategy),
    "mode": ("mode", _Reader.mode),
    "weights": ("weights", _Reader.weighing),
    "max_cost": ("max_cost_nano", _Reader.money),
    "max_expected_cost": ("dearest_nano", _Reader.money),
    "deadline": ("deadline_ms", _Reader.seconds),
    "privacy": ("private", _Reader.privacy),
    "refuse": ("refuse", _Reader.sentence),
}

ORDER_KEYS: Mapping[str, str] = {thing: key for key, (thing, _) in _ORDERS.items()}
"""How each thing is written in a file."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(key: Key) -> str:
    """The part of a key that a person looks for."""
    return ".".join(str(part) for part in key if not isinstance(part, int))
