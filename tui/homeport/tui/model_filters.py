"""Which models a filter shows: a few words, each of which must hold.

local  lan  cloud                   where it runs
ready  asleep  loading  failing     how it stands; so does missing
free                                it costs nothing
<$1  >$5                            a million tokens of its answers
>32k  >1m                           tokens that it holds
>40/s                               tokens a second
<500ms  >2s                         to the first token
anything else                       is looked for in its name, abilities and trouble
-word                               the opposite
"""

from __future__ import annotations

import re
from collections.abc import Callable

from homeport.client.units import NANO
from homeport.client.wire import ModelView
from homeport.tui.standing import PLACES, STATES, state_word

Test = Callable[[ModelView], bool]

HINT = "local  ready  free  <$1  >32k  >40/s  <500ms  tools  a word  -word"
_LIMIT = re.compile(r"([<>])(\$?)(\d+(?:\.\d+)?)(k|m|/s|ms|s)?")
_STATES = frozenset({"ready", "loading", "failing", "missing", *STATES.values()})
_MEASURES: dict[str, tuple[float, Callable[[ModelView], float | None]]] = {
    "$": (NANO, lambda model: model.output_nano_per_mtok),
    "k": (1_000, lambda model: model.context),
    "m": (1_000_000, lambda model: model.context),
    "/s": (1, lambda model: model.tokens_per_s),
    "ms": (1, lambda model: model.first_token_ms),
    "s": (1_000, lambda model: model.first_token_ms),
}
"""By its unit: how many of what is measured one of it is, and the measure."""


def model_matcher(text: str) -> Test:
    """Whether a model is shown; an empty text shows all."""
    tests = [_term(word) for word in text.lower().split()]
    return lambda model: all(test(model) for test in tests)


def model_complaint(text: str) -> str:
    """What is wrong with a filter, in words; empty where nothing is."""
    for word in text.lower().split():
        bare = word.removeprefix("-")
        if bare[:1] in ("<", ">") and _limit(bare) is None:
            return f"{bare} hides nothing: write <$1, >32k, >40/s or <500ms"
    return ""


def _term(word: str) -> Test:
    if len(word) > 1 and word.startswith("-"):
        test = _term(word[1:])
        return _all if test is _all else lambda model: not test(model)
    if word in PLACES:
        return lambda model: model.place == word
    if word in _STATES:
        return lambda model: state_word(model) == word
    if word == "free":
        return lambda model: model.output_nano_per_mtok == 0
    if word == "-" or word[0] in "<>":
        return _limit(word) or _all
    return lambda model: word in _text(model)


def _all(_model: ModelView) -> bool:
    """A word that is not typed to its end hides nothing."""
    return True


def _limit(word: str) -> Test | None:
    """A bound on one of its measures; None where it has no unit that tells which."""
    parts = _LIMIT.fullmatch(word)
    if parts is None:
        return None
    sign, dollar, number, unit = parts.groups()
    if bool(dollar) == bool(unit):
        return None
    scale, measure = _MEASURES[dollar or unit]
    bound = float(number) * scale

    def holds(model: ModelView) -> bool:
        measured = measure(model)
        if measured is None:
            return False
        return measured > bound if sign == ">" else measured < bound

    return holds


def _text(model: ModelView) -> str:
    parts = (model.id, model.reason, model.domain, model.quantisation, *model.capabilities)
    return "\n".join(parts).lower()
