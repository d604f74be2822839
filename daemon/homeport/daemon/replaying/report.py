"""From prompts under both policies to what is told of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from homeport.client.wire import Figure, Moved, ReplayFigure, ReplayReport
from homeport.daemon.replaying.estimates import (
    LEAST_SUPPORT,
    Estimate,
    Row,
    estimates,
    mean,
    share,
    supported,
)
from homeport.daemon.replaying.redeciding import Choice, Compared, LeftOut, Seen

MOST_MOVES = 8

Predicted = Callable[[Choice], float]
Found = Callable[[Seen], float | None]

Quantity = Literal["cost", "quality", "time"]

QUANTITIES: Mapping[Quantity, tuple[Predicted, Found]] = {
    "cost": (lambda choice: float(choice.cost_nano), lambda seen: _number(seen.cost_nano)),
    "quality": (lambda choice: choice.quality, lambda seen: seen.good),
    "time": (lambda choice: float(choice.total_ms), lambda seen: _number(seen.total_ms)),
}
"""Nano-dollars, chance of a good answer, milliseconds."""


def report(
    compared: Sequence[Compared],
    left_out: Mapping[LeftOut, int],
    *,
    policy: str,
    against: str,
    since_ms: int,
) -> ReplayReport:
    """Everything that can be said."""
    same = [one for one in compared if one.other.model == one.usual.model]
    figures = tuple(_about(name, compared) for name in QUANTITIES)
    support = supported([_row(one, *QUANTITIES["cost"]) for one in compared])
    return ReplayReport(
        policy=policy,
        against=against,
        since_ms=since_ms,
        prompts=len(compared),
        same=_figure(share(len(same), len(compared))),
        supported=support,
        private_out=sum(one.private and one.may_leave for one in compared),
        opened=_figure(share(sum(map(_is_opened, compared)), len(compared))),
        refused_then=_figure(share(sum(not one.usual.model for one in compared), len(compared))),
        refused=_figure(share(sum(not one.other.model for one in compared), len(compared))),
        figures=figures,
        moved=_moved(compared),
        left_out=tuple((str(why), count) for why, count in sorted(left_out.items())),
        sentence=_sentence(len(same), len(compared)),
        overlap=_overlap(support, any(figure.weighted is not None for figure in figures)),
    )


def _is_opened(one: Compared) -> bool:
    """What the policy then kept at home, and this one would send out."""
    return one.kept_home and one.other.place == "cloud"


def _about(name: Quantity, compared: Sequence[Compared]) -> ReplayFigure:
    """One quantity, of the prompts that both policies would have answered."""
    predicted, found = QUANTITIES[name]
    both = [one for one in compared if one.other.model and one.made.model]
    rows = [_row(one, predicted, found) for one in both]
    given = estimates(rows)
    seen = [row.reward for row in rows if row.reward is not None]
    taken = [row.reward for row in rows if row.reward is not None and row.takes_it]
    return ReplayFigure(
        name=name,
        then=_figure(mean([row.predicted for row in rows])),
        other=_figure(given.direct),
        difference=_figure(mean([row.predicted_other - row.predicted for row in rows])),
        seen=_figure(mean(seen)),
        seen_same=_figure(mean(taken)),
        weighted=_figure(given.weighted),
        doubly_robust=_figure(given.doubly_robust),
    )


def _row(one: Compared, predicted: Predicted, found: Found) -> Row:
    return Row(
        chance=one.chance,
        takes_it=one.other.model == one.made.model,
        had_chance=one.had_chance,
        reward=found(one.seen),
        predicted=predicted(one.made),
        predicted_other=predicted(one.other),
    )


def _moved(compared: Sequence[Compared]) -> tuple[Moved, ...]:
    """The commonest ways that change."""
    ways = Counter(
        (one.usual.model, one.other.model) for one in compared if one.usual.model != one.other.model
    )
    common = sorted(ways.items(), key=lambda item: (-item[1], item[0]))[:MOST_MOVES]
    return tuple(Moved(there, here, count) for (there, here), count in common)


def _sentence(same: int, count: int) -> str:
    if not count:
        return "No prompt of that time can be decided again."
    if same == count:
        return "All prompts would take the same way."
    return (
        f"{100 * same / count:.0f} % of the prompts would take the same way; "
        "for the rest the figures are predictions."
    )


def _overlap(support: float, is_weighed: bool) -> str:
    """Why what was seen cannot be weighed."""
    if is_weighed:
        return ""
    if support >= LEAST_SUPPORT:
        return "Too few answers are known to weigh what was seen."
    return (
        f"Only {support * 100:.0f} % of these choices ever had a chance, so that what was seen "
        "says nothing of the others; `explore` in a policy changes that."
    )


def _figure(estimate: Estimate | None) -> Figure | None:
    if estimate is None:
        return None
    return Figure(estimate.value, estimate.low, estimate.high, estimate.rows)


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)
