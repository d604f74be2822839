"""What was spent: the groupings that there are, what is compared with, what is typed of budgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from homeport.client.wire import ModelView, RequestView, SavingsView, SpendDetails, SpendRow
from homeport.tui.line import Window

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

BY_ATTEMPT = ("model", "provider", "place")
"""The daemon's groups of which a prompt may have several: their attempts are told."""

SPANS = (30, 365, 7)
"""Days to look back."""


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
    details: SpendDetails | None = None
    savings: SavingsView | None = None
    total: SpendRow | None = None
    """Each prompt once; None where the daemon does not tell it."""
    rest: SpendRow | None = None
    """What is in no row."""


def baseline_of(models: Sequence[ModelView], rows: Iterable[RequestView]) -> str:
    """What is compared with: the cloud model that answered most of the feed, else the dearest.

    Empty where no cloud model has a price.
    """
    priced = [one for one in models if one.place == "cloud" and one.output_nano_per_mtok]
    answered = Counter(row.model for row in rows if row.place == "cloud" and row.state == "done")
    best = max(
        priced,
        key=lambda one: (answered[one.id], one.output_nano_per_mtok or 0, one.id),
        default=None,
    )
    return best.id if best else ""


def in_sight(spent: Spent) -> tuple[SpendRow, ...]:
    """The rows in the order they are shown: the newest day first, else as they came."""
    return tuple(reversed(spent.rows)) if spent.grouping.name == "day" else spent.rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """Another budget."""

    window: Window
    usd: float | None
    """None takes the limit away."""
    adds: bool = False
    """Whether it is added to the running window alone."""


def wanted_of(text: str) -> Wanted | str:
    """What `day 4`, `day +1` or `month none` asks for; or a sentence that says how to write it."""
    word, _, amount = text.strip().lower().partition(" ")
    windows: dict[str, Window] = {"day": "day", "week": "week", "month": "month"}
    window, amount = windows.get(word), amount.strip()
    if window is None:
        return "Write: day 4, or day +1 for this day alone, week 20, month 40, day none."
    if amount == "none":
        return Wanted(window, None)
    try:
        usd = float(amount.removeprefix("+").strip().removeprefix("$"))
    except ValueError:
        return f"{amount or 'Nothing'} is no amount of dollars; write {word} 4, or {word} none."
    if not 0 <= usd < 1e9:
        return "A budget is at least $0."
    return Wanted(window, usd, adds=amount.startswith("+"))
