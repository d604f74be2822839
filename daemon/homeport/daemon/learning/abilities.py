"""What is believed of each model now: its history folded into a `Belief`, and kept.

A belief goes on from where it stood with each new outcome. It is made afresh from
the history where a verdict was replaced, or where another prior holds. Looking an
ability up costs a few lookups: it is kept for each model and task until something
new is known, and fades by the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from homeport.daemon.fleet.abilities import Prior
from homeport.daemon.learning.belief import (
    DAY_MS,
    Belief,
    after_outcome,
    believed,
    faded,
    kept_after,
)
from homeport.daemon.learning.history import History, Moment
from homeport.daemon.learning.outcome import Outcome, Source
from homeport.policies.model import Task

FADES_EVERY_MS = 3_600_000
"""A belief that is younger is taken as it is."""

WORDS: dict[Source, tuple[str, str]] = {
    "check": ("check", "checks"),
    "thumb": ("thumb", "thumbs"),
    "edit": ("edit", "edits"),
    "retry": ("retry", "retries"),
    "judge": ("judgement", "judgements"),
    "agreement": ("comparison", "comparisons"),
    "benchmark": ("benchmark question", "benchmark questions"),
}


class Ability(Struct, frozen=True):
    """Of one model at one task; in points."""

    points: float
    variance: float
    source: str
    outcomes: int
    """At this task."""


class Standing(Struct):
    """Of one model: how far its history was folded in, and what was looked up since."""

    prior: Prior
    belief: Belief
    noted: int = 0
    replaced: int = 0
    kept: dict[Task, Ability] = field(default_factory=dict)
    day: int = -1
    """That what is kept was faded to."""


def folded(belief: Belief, prior: Prior, outcomes: Iterable[Outcome]) -> Belief:
    """The belief after these, each at its time."""
    for outcome in outcomes:
        if outcome.at_ms - belief.at_ms >= FADES_EVERY_MS:
            belief = faded(belief, prior, outcome.at_ms)
        belief = after_outcome(
            belief, outcome.task, outcome.difficulty, outcome.good, outcome.weighs
        )
    return belief


def from_history(prior: Prior, outcomes: tuple[Outcome, ...]) -> Belief:
    """The belief after a whole history."""
    first_ms = outcomes[0].at_ms if outcomes else 0
    return folded(believed(prior, first_ms), prior, outcomes)


def standing_of(prior: Prior, moment: Moment) -> Standing:
    """With a whole history folded in. May run in a thread."""
    belief = from_history(prior, moment.outcomes)
    return Standing(prior, belief, moment.noted, moment.replaced)


def is_current(standing: Standing | None, prior: Prior, history: History) -> bool:
    """Nothing came that it does not know."""
    return (
        standing is not None
        and standing.noted == history.noted
        and standing.replaced == history.replaced
        and (standing.prior is prior or standing.prior == prior)
    )


def with_newest(standing: Standing, outcome: Outcome, history: History) -> None:
    """Fold in the outcome that was just added, where nothing else is missing."""
    if standing.noted == history.noted - 1 and standing.replaced == history.replaced:
        standing.belief = folded(standing.belief, standing.prior, (outcome,))
        standing.noted = history.noted
        standing.kept.clear()


def ability_at(standing: Standing, history: History, task: Task, now_ms: int) -> Ability:
    """As it stands today."""
    day = now_ms // DAY_MS
    if standing.day != day:
        standing.kept.clear()
        standing.day = day
    known = standing.kept.get(task)
    if known is None:
        known = standing.kept[task] = _ability(standing, history, task, now_ms)
    return known


def _ability(standing: Standing, history: History, task: Task, now_ms: int) -> Ability:
    mean, variance = standing.belief.ability(task)
    prior = standing.prior
    kept = kept_after((now_ms - standing.belief.at_ms) / DAY_MS)
    start, widest = prior.at(task), prior.sd**2 + prior.task_sd**2
    own = history.at(task)
    return Ability(
        points=start + kept * (mean - start),
        variance=widest + kept * kept * (variance - widest),
        source=source_of(prior, own, history, task),
        outcomes=len(own),
    )


def source_of(prior: Prior, own: list[Outcome], history: History, task: Task) -> str:
    """Such as `12 checks and 3 thumbs at code`, or what the prior comes from."""
    counts = Counter(outcome.source for outcome in own)
    others = len(history) - len(own)
    elsewhere = f"{others} {'judgement' if others == 1 else 'judgements'} at other tasks"
    if counts:
        said = f"{listed(counted(counts))} at {task}"
        return f"{said}, {elsewhere}" if others else said
    source = prior.source_at(task)
    return f"{source}, {elsewhere}" if others else source


def counted(counts: Counter[Source]) -> list[str]:
    """Each source with its number, the most frequent first."""
    return [
        f"{count} {WORDS[source][count != 1]}"
        for source, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
