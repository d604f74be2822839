"""How good an answer to expect of a model, before anything is known of its answers.

An ability is on the scale of an ask's difficulty, 0 to 100; the predicted
quality is the logistic of their distance, averaged over how uncertain the
ability is. Known families have an ability of their own; any other model's comes
from its size and quantisation: about 28 points for each tenfold of parameters,
set so that 1 billion parameters stand at 30 and 8 billion at 55, less what
coarse quantisation takes. What answers teach is in `learning/`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from homeport.client.wire import LearnedView
from homeport.policies.model import Ask, ModelCard, Task

SLOPE = 27.7
ONE_BILLION_ABILITY = 30.0
SPREAD = 14.0
UNKNOWN_HOME = 45.0
UNKNOWN_CLOUD = 72.0
FAMILY = "its family"
CONFIG = "your config"
STRENGTH, WEAKNESS = 8.0, -8.0
"""Points that the person's word on a task is worth."""

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


BY_SIZE, BY_FAMILY, BY_GUESS = 10.0, 9.0, 16.0
"""How far a model's true ability is from what these say: a standard deviation, in points."""
AMONG_TASKS = 6.0
"""How far its ability at one task is from its ability at all: a standard deviation."""


class Prior(Struct, frozen=True):
    """What is expected of a model before any answer of it was judged; in points."""

    points: float
    sd: float
    """Of its ability over all tasks."""
    source: str
    """Where it comes from, as the end of a sentence."""
    shifts: tuple[tuple[Task, float], ...] = ()
    """Tasks at which more, or less, is expected of it."""
    task_sd: float = AMONG_TASKS
    domain: str = ""
    """What it is made for; a prompt that is tagged with it is one of its strengths."""

    def source_at(self, task: Task) -> str:
        """Where what is expected at one task comes from."""
        shifted = self.source != CONFIG and task in [name for name, _ in self.shifts]
        return f"{self.source} and {CONFIG}" if shifted else self.source

    def at_home_in(self, tags: tuple[str, ...]) -> float:
        """Points more for a prompt that is tagged with its domain."""
        return STRENGTH if self.domain and f"domain:{self.domain}" in tags else 0.0

    def at(self, task: Task) -> float:
        """The points at one task."""
        return self.points + sum([shift for name, shift in self.shifts if name == task])


def prior_of(card: ModelCard) -> Prior:
    """From the family, or the size and quantisation."""
    points, source = ability(card)
    sd = BY_GUESS if "guess" in source else BY_FAMILY if source == FAMILY else BY_SIZE
    return Prior(points, sd, source)


def ability(card: ModelCard) -> tuple[float, str]:
    """The model's ability (0 to 100) and where that comes from."""
    if card.parameters:
        return _by_size(card.parameters, card.quantisation), "its size and quantisation"
    if card.place != "cloud":
        return UNKNOWN_HOME, "a guess: its size is unknown"
    known = _by_family(card.name)
    if known is None:
        return UNKNOWN_CLOUD, "a guess: its family is unknown"
    return known, FAMILY


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
    """The chance of a good answer, 0 to 1, and where the number comes from: by the prior alone."""
    prior = prior_of(card)
    variance = prior.sd**2 + prior.task_sd**2
    return expected(prior.at(ask.task), variance, ask.difficulty), prior.source


@lru_cache(maxsize=4096)
def expected(points: float, variance: float, difficulty: float) -> float:
    """The mean of the logistic of ability less difficulty, the ability being a Gaussian.

    By the probit approximation (MacKay 1992): an uncertain ability is drawn towards a half.
    Remembered, since difficulties are whole numbers and abilities change with judgements alone.
    """
    scale = SPREAD * math.sqrt(1.0 + math.pi / 8.0 * variance / SPREAD**2)
    return logistic((points - difficulty) / scale)


def logistic(value: float) -> float:
    """1 / (1 + exp(-value)), for any size of value."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    small = math.exp(max(value, -700.0))
    return small / (1.0 + small)


class Knowledge(Protocol):
    """What is believed of the models' abilities."""

    def predicted(self, card: ModelCard, ask: Ask) -> tuple[float, str]: ...
    def views(self, card: ModelCard) -> tuple[LearnedView, ...]: ...
    async def prepare(self, cards: Iterable[ModelCard]) -> None: ...


class Unjudged:
    """What is known of models before any answer was judged."""

    def predicted(self, card: ModelCard, ask: Ask) -> tuple[float, str]:
        """As `predicted_quality`."""
        return predicted_quality(card, ask)

    def views(self, card: ModelCard) -> tuple[LearnedView, ...]:  # noqa: ARG002 - one shape
        """Nothing was learned."""
        return ()

    async def prepare(self, cards: Iterable[ModelCard]) -> None:
        """There is nothing to prepare."""


UNJUDGED = Unjudged()
