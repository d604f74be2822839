"""What was spent, grouped: which groupings there are, and how prompts are summed by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from homeport.client.wire import RequestView, SpendRow

GROUPS = (
    ("day", "day"),
    ("model", "model"),
    ("caller", "client"),
    ("task", "task"),
    ("provider", "provider"),
    ("place", "place"),
    ("tag", "tag"),
)
"""What a grouping is called, and the daemon's name of it."""

SPANS = (30, 365, 7)
"""Days to look back."""

MOST_DECISIONS = 1_000
"""By task the daemon keeps no sums: they are made of the last so many decisions."""

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Grouping:
    """How to look at it."""

    group: int = 0
    span: int = 0

    @property
    def name(self) -> str:
        """What a row is."""
        return GROUPS[self.group][0]

    @property
    def by(self) -> str:
        """The daemon's name of it."""
        return GROUPS[self.group][1]

    @property
    def days(self) -> int:
        """How far back."""
        return SPANS[self.span]

    def turned(self, by: int) -> Grouping:
        """The next grouping, or the one before."""
        return Grouping((self.group + by) % len(GROUPS), self.span)

    def widened(self) -> Grouping:
        """The next span."""
        return Grouping(self.group, (self.span + 1) % len(SPANS))


@dataclass(frozen=True, slots=True)
class Spent:
    """An answer to a grouping."""

    grouping: Grouping
    rows: tuple[SpendRow, ...]
    of: int | None = None
    """How many decisions it was summed from; None where it is of the whole ledger."""


def by_task(decisions: Sequence[RequestView], days: int, now_ms: int) -> tuple[SpendRow, ...]:
    """Prompts of the last days summed by task, dearest first."""
    found: dict[str, list[int]] = {}
    for row in decisions:
        if row.at_ms < now_ms - days * _DAY_MS:
            continue
        sums = found.setdefault(row.task, [0] * 5)
        cost = row.cost_nano or 0
        counts = (1, row.input_tokens or 0, row.output_tokens or 0, cost)
        for index, number in enumerate((*counts, 0 if row.certain else cost)):
            sums[index] += number
    rows = [SpendRow(task, *sums) for task, sums in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row.cost_nano, -row.requests, row.group)))


def in_sight(spent: Spent) -> tuple[SpendRow, ...]:
    """The rows in the order they are shown: the newest day first, else as they came."""
    return tuple(reversed(spent.rows)) if spent.grouping.name == "day" else spent.rows


Wanted = tuple[Literal["day", "month"], float | None]


def limit_of(text: str) -> Wanted | str:
    """What `day 4`, `month 40` or `day none` asks for; or a sentence that says how to write it."""
    window, _, amount = text.strip().lower().partition(" ")
    amount = amount.strip().removeprefix("$")
    if window not in ("day", "month"):
        return "Write  day  or  month  and an amount in dollars: day 4, month 40, day none."
    named: Literal["day", "month"] = "day" if window == "day" else "month"
    if amount == "none":
        return named, None
    try:
        usd = float(amount)
    except ValueError:
        return f"{amount or 'Nothing'} is no amount of dollars; write {window} 4, or {window} none."
    if not 0 <= usd < 1e9:
        return "A budget is at least $0."
    return named, usd
