"""How a model stands, in words: its state, since when, and what went wrong with it last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeport.client.wire import AttemptView, ModelView, RequestView
from homeport.tui.history import Standing
from homeport.tui.words import minute

STATES = {"loadable": "asleep"}
PLACES = ("local", "lan", "cloud")
USABLE = frozenset({"ready", "loading", "loadable"})
_FINE = frozenset({"", "done", "cancelled"})
_ORDER = ("ready", "loading", "loadable", "failing", "missing")


@dataclass(frozen=True, slots=True)
class Mishap:
    """An attempt at a model that failed."""

    at_ms: int
    sentence: str


def state_word(model: ModelView) -> str:
    """`ready`, `asleep`, `loading`, `failing`, or what the daemon calls it."""
    return STATES.get(model.state, model.state)


def state_role(model: ModelView) -> str:
    """How its state looks."""
    if model.state in USABLE:
        return "" if model.state == "ready" else "running" if model.state == "loading" else "muted"
    return "bad" if model.state == "failing" else "faint"


def since_words(standing: Standing | None) -> str:
    """`since 14:02`, or `since before 13:40` where the change was not seen."""
    if standing is None:
        return ""
    about = "since" if standing.seen else "since before"
    return f"{about} {minute(standing.since_ms)}"


def mishaps(rows: Mapping[str, RequestView]) -> dict[str, Mishap]:
    """The last failure of each model, as far as the feed goes back."""
    found: dict[str, Mishap] = {}
    for row in rows.values():
        for attempt in row.attempts:
            if failed(attempt):
                at_ms = attempt.ended_ms or attempt.started_ms
                found[attempt.model] = Mishap(at_ms, attempt.sentence or _kind(attempt))
    return found


def failed(attempt: AttemptView) -> bool:
    """Whether it ended, and not well."""
    return attempt.outcome not in _FINE


def _kind(attempt: AttemptView) -> str:
    return attempt.outcome.replace("_", " ")


def in_order(models: Sequence[ModelView]) -> list[ModelView]:
    """Nearest first, and there those that can answer first."""
    return sorted(models, key=_rank)


def _rank(model: ModelView) -> tuple[int, bool, int, str]:
    state = _ORDER.index(model.state) if model.state in _ORDER else len(_ORDER)
    return (PLACES.index(model.place), model.state not in USABLE, state, model.id)
