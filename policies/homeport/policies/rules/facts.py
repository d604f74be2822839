"""What a rule may ask about, as one table, and its value for a prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from homeport.policies.model import (
    Ask,
    Budget,
    Capability,
    Checkable,
    Level,
    Privacy,
    Task,
    Urgency,
)
from homeport.policies.rules.rule import Surroundings

PATH_TAG = "path:"
"""A tag that begins so names a file that the prompt is about."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule may ask about."""

    means: str
    words: tuple[str, ...] = ()
    """All that it can be; empty leaves it open, and patterns are allowed."""
    least: float | None = None
    """Set where it is a number."""
    most: float = 0.0
    goes_round: bool = False
    all_of: bool = False
    """Every word of a rule has to be among them; else one is enough."""

    @property
    def is_number(self) -> bool:
        """Whether a rule gives a range of it."""
        return self.least is not None


_TOKENS = 100_000_000

FACTS: Mapping[str, Fact] = {
    "task": Fact("what is to be done", get_args(Task)),
    "level": Fact("how hard it is, in words", get_args(Level)),
    "difficulty": Fact("how hard it is", least=0, most=100),
    "checkable": Fact("what can be checked about the answer", get_args(Checkable)),
    "language": Fact("ISO 639-1 code, or `und`"),
    "urgency": Fact("whether somebody waits", get_args(Urgency)),
    "input_tokens": Fact("size of the prompt", least=0, most=_TOKENS),
    "output_tokens": Fact("expected size of the answer", least=0, most=_TOKENS),
    "needs": Fact("what a model must do, all of these", get_args(Capability), all_of=True),
    "privacy": Fact("what the caller said of it", get_args(Privacy)),
    "stream": Fact("whether the answer is read as it comes", ("yes", "no")),
    "model": Fact("the name that the caller asked for; `auto` where none"),
    "client": Fact("the program that asks"),
    "session": Fact("the conversation"),
    "tag": Fact("one of the caller's tags"),
    "path": Fact("a file it is about, from tags such as `path:src/main.py`"),
    "hour": Fact("by this machine; `22..6` is the night", least=0, most=23, goes_round=True),
    "link": Fact("the way out", ("online", "offline", "offline-by-choice")),
    "power": Fact("where the current comes from", ("battery", "mains")),
    "battery": Fact("what is left of it, a share", least=0, most=1),
    "budget_left": Fact("least share that a budget has left; 1 without a limit", least=0, most=1),
}  # fmt: skip
"""By name, in the order of the README."""

LEVEL_RANGES: Mapping[str, tuple[int, int]] = {
    "basic": (0, 29),
    "intermediate": (30, 47),
    "advanced": (48, 65),
    "expert": (66, 100),
}
"""Difficulties of each level."""


def facts_of(ask: Ask, budget: Budget, around: Surroundings) -> dict[str, Any]:
    """The value of every fact: a word, a tuple of words, a number, or None where unknown."""
    return {
        "task": ask.task,
        "level": ask.level,
        "difficulty": ask.difficulty,
        "checkable": ask.checkable,
        "language": ask.language,
        "urgency": ask.urgency,
        "input_tokens": ask.input_tokens,
        "output_tokens": ask.output_tokens,
        "needs": ask.needs,
        "privacy": ask.privacy,
        "stream": "yes" if ask.streams else "no",
        "model": ask.requested_model.strip() or "auto",
        "client": ask.client,
        "session": ask.session,
        "tag": ask.tags,
        "path": tuple(t[len(PATH_TAG) :] for t in ask.tags if t.startswith(PATH_TAG)),
        "hour": around.hour,
        "link": around.link,
        "power": around.power,
        "battery": around.battery,
        "budget_left": budget_left(budget),
    }


def budget_left(budget: Budget) -> float:
    """The least share that any window has left; 1 without a limit, 0 of a limit of nothing."""
    shares = [w.left_nano / w.limit_nano if w.limit_nano > 0 else 0.0 for w in budget.windows]
    return min(1.0, *shares) if shares else 1.0
