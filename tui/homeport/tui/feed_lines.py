"""One decision as one line of the feed.

Columns, left to right: the cursor, the time, where it went, why, how long it
took, what it cost, what you said of it (`+` good, `-` bad, `~` edited). The
cost goes first where there is little room; the reason is cropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from homeport.client import units
from homeport.client.wire import AttemptView, RequestView
from homeport.tui.state import is_running, went_wrong
from homeport.tui.words import Line, Span, left, model_name, right, running_for, took

_COST_FROM = 68
_SIDE_BY_SIDE = frozenset({"compare", "ensemble"})
_SAID: dict[str, Span] = {"up": ("+", "good"), "down": ("-", "bad"), "edit": ("~", "accent")}


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide each column is; 0 leaves it out."""

    where: int
    reason: int
    took: int
    cost: int


def columns_for(width: int) -> Columns:
    """The columns that a feed of this many cells has."""
    where = 28 if width >= 110 else 20 if width >= 56 else 16
    cost = 9 if width >= _COST_FROM else 0
    took_width = 6
    around = 1 + 10 + 1 + 1 + 2  # the cursor, the time, two gaps, and what you said
    return Columns(where, max(0, width - where - cost - took_width - around), took_width, cost)


def row_line(request: RequestView, columns: Columns, now_ms: int, *, chosen: bool) -> Line:
    """The row; `chosen` marks the cursor."""
    line: Line = [
        ("▸" if chosen else " ", "accent"),
        (units.clock(request.at_ms) + "  ", "muted"),
        *_where(request, columns.where),
        (" ", ""),
        (left(reason(request), columns.reason), _reason_role(request)),
        (" ", ""),
        (right(_took(request, now_ms), columns.took), "muted"),
    ]
    if columns.cost:
        line.append((right(cost(request), columns.cost), "muted" if not request.cost_nano else ""))
    return [*line, (" ", ""), _SAID.get(request.verdict, (" ", ""))]


def route(request: RequestView) -> str:
    """`local`; `cloud→local` where it moved, `local+cloud` side by side, `cache` if kept."""
    if is_kept(request):
        return "cache"
    places: list[str] = []
    for attempt in _counting(request):
        if not places or places[-1] != attempt.place:
            places.append(attempt.place)
    if request.strategy in _SIDE_BY_SIDE:
        return "+".join(dict.fromkeys(places)) or request.place
    if len(places) > 1:
        return "→".join(places[-2:])
    return request.place


def reason(request: RequestView) -> str:
    """Why it went there, or what it is waiting for."""
    if request.state == "loading":
        return "loading model"
    if request.state == "queued":
        return "waiting for its turn"
    if request.state == "deciding":
        return "being decided"
    if request.state == "failed":
        return request.error or request.because
    if request.state == "cancelled":
        return f"cancelled by the caller; {request.because}"
    return request.because


def cost(request: RequestView) -> str:
    """What it cost; empty while that is open."""
    if request.cost_nano is None and is_running(request):
        return "$0" if request.place == "local" else ""
    return units.money(request.cost_nano, certain=request.certain)


def _counting(request: RequestView) -> list[AttemptView]:
    """The attempts that its way is made of: not those that another one was quicker than."""
    counting = [attempt for attempt in request.attempts if attempt.outcome != "cancelled"]
    return counting or list(request.attempts)


def is_kept(request: RequestView) -> bool:
    """Whether a kept answer was given, and nobody was asked."""
    return request.cache is not None and request.cache.outcome in ("hit", "near")


def _where(request: RequestView, width: int) -> Line:
    way = f"{route(request):<5}"
    role = f"place-{request.place}"
    model = model_name(request.model)
    if not model or request.place == "none":
        return [(left(way, width), role)]
    room = width - len(way) - 1
    return [(way, role), (" " + left(model, room), "")]


def _reason_role(request: RequestView) -> str:
    if request.state == "failed" or request.place == "none":
        return "bad"
    if is_running(request):
        return "running"
    return "warn" if went_wrong(request) else ""


def _took(request: RequestView, now_ms: int) -> str:
    if is_running(request):
        return running_for(now_ms - request.at_ms)
    return took(request.total_ms)


def headline(request: RequestView) -> str:
    """The decision in one sentence, for the head of its page."""
    if request.place == "none" and request.state == "failed":
        after = "" if request.total_ms is None else f" after {took(request.total_ms)}"
        return f"Nobody answered: it was refused{after}"
    where = "" if request.place == "none" else f"{route(request)} {request.model}".strip()
    ends = {
        "done": "answered",
        "failed": "did not answer",
        "cancelled": "was cancelled by the caller",
        "streaming": "is answering",
        "loading": "is being loaded",
        "queued": "waits for its turn",
        "deciding": "is being decided",
    }
    sentence = f"{where or 'It'} {ends.get(request.state, request.state)}"
    if request.total_ms is not None:
        sentence += f" in {took(request.total_ms)}"
    paid = "" if is_running(request) else cost(request)
    return f"{sentence} for {paid}" if paid else sentence
