"""The outcomes that are remembered in memory: the newest of each model and task."""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from homeport.daemon.learning.outcome import Outcome
from homeport.policies.model import Task

EACH = 200
"""Of one model at one task; older ones have faded."""


class Moment(Struct, frozen=True):
    """A history as it stood once."""

    outcomes: tuple[Outcome, ...]
    noted: int
    replaced: int


class History:
    """Of one model. Counts its changes, so that what is made of it can be kept."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}
        """By their number, oldest first."""
        self._tasks: defaultdict[Task, list[int]] = defaultdict(list)
        self._verdicts: dict[object, int] = {}
        self.noted = 0
        """How many have come so far, those that are gone too."""
        self.replaced = 0
        """How often a later verdict took the place of an earlier one."""

    def __repr__(self) -> str:
        return f"<History {len(self._outcomes)} outcomes>"

    def __len__(self) -> int:
        return len(self._outcomes)

    def add(self, outcome: Outcome) -> bool:
        """Remember one. True where it took the place of an earlier verdict."""
        replaces = outcome.replaces
        again = replaces is not None and self._forget_verdict(replaces)
        number = self.noted
        self.noted += 1
        self._outcomes[number] = outcome
        numbers = self._tasks[outcome.task]
        numbers.append(number)
        if replaces is not None:
            self._verdicts[replaces] = number
        if len(numbers) > EACH:
            self._drop(numbers.pop(0))
        self.replaced += again
        return again

    def moment(self) -> Moment:
        """As it stands."""
        return Moment(self.all(), self.noted, self.replaced)

    def all(self) -> tuple[Outcome, ...]:
        """Oldest first."""
        return tuple(self._outcomes.values())

    def at(self, task: Task) -> list[Outcome]:
        """At one task, oldest first."""
        return [self._outcomes[number] for number in self._tasks.get(task, ())]

    def _forget_verdict(self, key: object) -> bool:
        number = self._verdicts.pop(key, None)
        if number is None:
            return False
        outcome = self._outcomes.pop(number)
        self._tasks[outcome.task].remove(number)
        return True

    def _drop(self, number: int) -> None:
        outcome = self._outcomes.pop(number)
        if outcome.replaces is not None:
            self._verdicts.pop(outcome.replaces, None)
