"""Whether rules make sense together: what can never match, and what never has a say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from homeport.policies.rules.book import Finding
from homeport.policies.rules.facts import FACTS, LEVEL_RANGES
from homeport.policies.rules.judge import set_by
from homeport.policies.rules.reading import ORDER_KEYS
from homeport.policies.rules.rule import Condition, Rule, Trait
from homeport.policies.rules.words import range_told

PLACES = ("local", "lan", "cloud")


def findings(rules: Sequence[Rule], known_models: Iterable[str] | None = None) -> list[Finding]:
    """What is senseless in these rules. `known_models` are ids; None does not ask."""
    found = []
    models = None if known_models is None else sorted(known_models)
    for index, rule in enumerate(rules):
        impossible = _impossible(rule.when)
        if impossible:
            found.append(Finding(("rule", index, "when"), _never(rule, impossible)))
        else:
            found += _unheard(rules, index)
        if models is not None:
            found += _unknown_models(rule, index, models)
    return found


def _never(rule: Rule, why: str) -> str:
    return f"The rule `{rule.name}` can never match: {why}."


# -- one rule by itself


def _impossible(condition: Condition) -> str:
    """Why a condition can never hold; empty where nothing is seen to stop it."""
    traits = [*_traits(condition)]
    for number, one in enumerate(traits):
        for other in traits[:number]:
            if one.fact == other.fact and _apart(one, other):
                return f"`{one.fact}` would have to be {told(other)} and {told(one)} at once"
    levels = _clashing_level(traits)
    if levels:
        return levels
    for barred in condition.none:
        if covers(barred, condition):
            return "its `not` takes back all that the rest asks for"
    if condition.some and all(_impossible(_joined(condition, part)) for part in condition.some):
        return "none of its `any` can hold"
    return next((why for part in condition.every if (why := _impossible(part))), "")


def _joined(condition: Condition, part: Condition) -> Condition:
    return Condition(
        traits=(*_traits(condition), *part.traits), every=part.every, some=part.some, none=part.none
    )


def _traits(condition: Condition) -> Iterator[Trait]:
    """All that has to hold in any case."""
    yield from condition.traits
    for part in condition.every:
        yield from _traits(part)


def _apart(one: Trait, other: Trait) -> bool:
    """Whether no value satisfies both."""
    if FACTS[one.fact].is_number:
        if _round(one) or _round(other):
            return False
        lows = [t.low for t in (one, other) if t.low is not None]
        highs = [t.high for t in (one, other) if t.high is not None]
        return bool(lows and highs) and max(lows) > min(highs)
    if one.fact in ("tag", "path", "needs") or _patterned(one) or _patterned(other):
        return False
    return set(one.words).isdisjoint(other.words)


def _clashing_level(traits: Sequence[Trait]) -> str:
    for level in (t for t in traits if t.fact == "level"):
        for hard in (t for t in traits if t.fact == "difficulty"):
            ranges = [LEVEL_RANGES[word] for word in level.words]
            if ranges and all(_apart(_between(*ends), hard) for ends in ranges):
                return f"no {told(level)} prompt has a difficulty of {told(hard)}"
    return ""


def _between(low: float, high: float) -> Trait:
    return Trait(fact="difficulty", low=low, high=high)


# -- rules among each other


def _unheard(rules: Sequence[Rule], index: int) -> Iterator[Finding]:
    """1. The same `when` with another word; 2. a refusal before it; 3. all was set before it."""
    rule = rules[index]
    before = [other for other in rules[:index] if covers(other.when, rule.when)]
    for other in before:
        things = _contradicted(other, rule)
        if things:
            sentence = (
                f"The rule `{rule.name}` contradicts `{other.name}`: both match the same prompts, "
                f"and `{ORDER_KEYS[things[0]]}` was set before."
            )
            yield Finding(("rule", index, "then", ORDER_KEYS[things[0]]), sentence)
            return
    silencer = _silencer(before, rule)
    if silencer:
        sentence = f"The rule `{rule.name}` never has a say: `{silencer.name}` comes first, "
        sentence += (
            "and it refuses." if silencer.then.refuse else "matches as much and sets the same."
        )
        yield Finding(("rule", index), sentence)


def _contradicted(earlier: Rule, later: Rule) -> list[str]:
    """Things that two rules for the same prompts set differently."""
    if earlier.when != later.when:
        return []
    both = [thing for thing in set_by(later.then) if thing in set_by(earlier.then)]
    return [t for t in both if getattr(earlier.then, t) != getattr(later.then, t)]


def _silencer(before: Sequence[Rule], rule: Rule) -> Rule | None:
    """The rule that leaves this one nothing to say."""
    refusing = next((other for other in before if other.then.refuse), None)
    if refusing is not None:
        return refusing
    taken = {thing: other for other in reversed(before) for thing in set_by(other.then)}
    things = set_by(rule.then)
    return taken[things[0]] if things and all(thing in taken for thing in things) else None


def covers(wide: Condition, narrow: Condition) -> bool:
    """Whether all that `narrow` matches is surely matched by `wide` too."""
    if wide == narrow:
        return True
    given = [*_traits(narrow)]
    return (
        all(any(_implies(has, wanted) for has in given) for wanted in wide.traits)
        and all(covers(part, narrow) for part in wide.every)
        and (not wide.some or any(covers(part, narrow) for part in wide.some))
        and set(wide.none) <= set(narrow.none)
    )


def _implies(has: Trait, wanted: Trait) -> bool:
    if has == wanted:
        return True
    if has.fact != wanted.fact:
        return False
    fact = FACTS[has.fact]
    if fact.is_number:
        return not (_round(has) or _round(wanted)) and _inside(has, wanted)
    if fact.all_of:
        return set(wanted.words) <= set(has.words)
    return all(any(_takes_in(pattern, word) for pattern in wanted.words) for word in has.words)


def _takes_in(pattern: str, word: str) -> bool:
    """Whether a pattern matches all that a word, which may be a pattern, matches."""
    plain = not any(sign in word for sign in "*?[")
    return pattern in ("*", word) or (plain and fnmatchcase(word.lower(), pattern.lower()))


def _inside(inner: Trait, outer: Trait) -> bool:
    low = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    high = outer.high is None or (inner.high is not None and inner.high <= outer.high)
    return low and high


def _round(trait: Trait) -> bool:
    return trait.low is not None and trait.high is not None and trait.low > trait.high


def _patterned(trait: Trait) -> bool:
    return any(sign in word for word in trait.words for sign in "*?[")


def told(trait: Trait) -> str:
    """What a trait asks for, as it is written."""
    return " or ".join(trait.words) if trait.words else range_told(trait.low, trait.high)


# -- models


def _unknown_models(rule: Rule, index: int, models: Sequence[str]) -> Iterator[Finding]:
    for thing in ("allow", "deny", "prefer"):
        for pattern in getattr(rule.then, thing):
            known = any(fnmatchcase(model.lower(), pattern.lower()) for model in models)
            if known or pattern in PLACES:
                continue
            near = get_close_matches(pattern, models, n=1, cutoff=0.4)
            advice = f" Did you mean `{near[0]}`?" if near else ""
            yield Finding(
                ("rule", index, "then", ORDER_KEYS[thing]),
                f"The rule `{rule.name}` names `{pattern}`, and no model here is so named.{advice}",
                near[0] if near else "",
            )
