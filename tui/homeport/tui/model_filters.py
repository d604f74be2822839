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

from homeport.client.units import NANO
from homeport.client.wire import ModelView
from homeport.tui.filter_words import FilterWords, Measure, Test
from homeport.tui.standing import PLACES, STATES, state_word

HINT = "local  ready  free  <$1  >32k  >40/s  <500ms  tools  a word  -word"
_STATES = frozenset({"ready", "loading", "failing", "missing", *STATES.values()})
_MEASURES: dict[str, Measure[ModelView]] = {
    "$": (NANO, lambda model: model.output_nano_per_mtok),
    "k": (1_000, lambda model: model.context),
    "m": (1_000_000, lambda model: model.context),
    "/s": (1, lambda model: model.tokens_per_s),
    "ms": (1, lambda model: model.first_token_ms),
    "s": (1_000, lambda model: model.first_token_ms),
}


def _plain(word: str) -> Test[ModelView]:
    if word in PLACES:
        return lambda model: model.place == word
    if word in _STATES:
        return lambda model: state_word(model) == word
    if word == "free":
        return lambda model: model.output_nano_per_mtok == 0
    return lambda model: word in _text(model)


_WORDS = FilterWords(_plain, _MEASURES, "<$1, >32k, >40/s or <500ms")
model_matcher = _WORDS.matcher
model_complaint = _WORDS.complaint


def _text(model: ModelView) -> str:
    parts = (model.id, model.reason, model.domain, model.quantisation, *model.capabilities)
    return "\n".join(parts).lower()
