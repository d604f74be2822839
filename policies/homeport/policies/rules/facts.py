"""What a rule may ask about, as one table, and its value for a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from homeport.policies.quick import quick
from homeport.policies.rules.rule import Surroundings

PATH_TAG = "path:"
"""A tag that begins so names a file that the prompt is about."""


@quick(frozen=True, slots=True)
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
    return {name: value(ask, budget, around) for name, value in VALUES.items()}


def budget_left(budget: Budget) -> float:
    """The least share that any window has left; 1 without a limit, 0 of a limit of nothing."""
    if not budget.windows:
        return 1.0
    shares = [w.left_nano / w.limit_nano if w.limit_nano > 0 else 0.0 for w in budget.common]
    return min(1.0, *shares) if shares else 1.0


Value = Callable[[Ask, Budget, Surroundings], Any]

VALUES: Mapping[str, Value] = {
    "task": lambda ask, _, __: ask.task,
    "level": lambda ask, _, __: ask.level,
    "difficulty": lambda ask, _, __: ask.difficulty,
    "checkable": lambda ask, _, __: ask.checkable,
    "language": lambda ask, _, __: ask.language,
    "urgency": lambda ask, _, __: ask.urgency,
    "input_tokens": lambda ask, _, __: ask.input_tokens,
    "output_tokens": lambda ask, _, __: ask.output_tokens,
    "needs": lambda ask, _, __: ask.needs,
    "privacy": lambda ask, _, __: ask.privacy,
    "stream": lambda ask, _, __: "yes" if ask.streams else "no",
    "model": lambda ask, _, __: ask.requested_model.strip() or "auto",
    "client": lambda ask, _, __: ask.client,
    "session": lambda ask, _, __: ask.session,
    "tag": lambda ask, _, __: ask.tags,
    "path": lambda ask, _, __: _paths(ask),
    "hour": lambda _, __, around: around.hour,
    "link": lambda _, __, around: around.link,
    "power": lambda _, __, around: around.power,
    "battery": lambda _, __, around: around.battery,
    "budget_left": lambda _, budget, __: budget_left(budget),
}
"""Of each fact, for a prompt."""


def _paths(ask: Ask) -> tuple[str, ...]:
    if not ask.tags:
        return ()
    return tuple([tag[len(PATH_TAG) :] for tag in ask.tags if tag.startswith(PATH_TAG)])
