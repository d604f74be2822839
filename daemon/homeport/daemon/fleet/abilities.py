"""How good an answer to expect of a model, before anything is known of its answers.

An ability is on the scale of an ask's difficulty, 0 to 100; the predicted
quality is the logistic of their distance. Known families have an ability of
their own; any other model's comes from its size and quantisation: about 28
points for each tenfold of parameters, set so that 1 billion parameters stand
at 30 and 8 billion at 55, less what coarse quantisation takes.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from homeport.policies.model import Ask, ModelCard

SLOPE = 27.7
ONE_BILLION_ABILITY = 30.0
SPREAD = 14.0
UNKNOWN_HOME = 45.0
UNKNOWN_CLOUD = 72.0

FAMILIES: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), ability)
    for pattern, ability in (
        (r"(nano|lite|tiny|8b|7b|3b)\b", 58.0),
        (r"(mini|flash|haiku|small|scout)", 72.0),
        (r"(opus|gpt-5|o3|gemini-[23][.\d]*-pro|grok-4)", 92.0),
        (r"(sonnet|gpt-4|deepseek|large|maverick|pro)", 84.0),
    )
)
"""For models of others, the first match counts."""

QUANTISATION_LOSS = {"Q2": 9.0, "Q3": 5.0, "Q4": 2.0, "Q5": 1.0, "IQ1": 15.0, "IQ2": 10.0}


def ability(card: ModelCard) -> tuple[float, str]:
    """The model's ability (0 to 100) and where that comes from."""
    if card.parameters:
        return _by_size(card.parameters, card.quantisation), "its size and quantisation"
    if card.place != "cloud":
        return UNKNOWN_HOME, "a guess: its size is unknown"
    known = _by_family(card.name)
    if known is None:
        return UNKNOWN_CLOUD, "a guess: its family is unknown"
    return known, "its family"


@lru_cache(maxsize=1024)
def _by_size(parameters: int, quantisation: str) -> float:
    loss = QUANTISATION_LOSS.get(quantisation.upper().split("_")[0], 0.0)
    raw = ONE_BILLION_ABILITY + SLOPE * math.log10(parameters / 1e9) - loss
    return min(88.0, max(2.0, raw))


@lru_cache(maxsize=1024)
def _by_family(name: str) -> float | None:
    lower = name.lower()
    return next((known for pattern, known in FAMILIES if pattern.search(lower)), None)


def predicted_quality(card: ModelCard, ask: Ask) -> tuple[float, str]:
    """The chance of a good answer, 0 to 1, and where the number comes from."""
    points, source = ability(card)
    return 1.0 / (1.0 + math.exp((ask.difficulty - points) / SPREAD)), source
