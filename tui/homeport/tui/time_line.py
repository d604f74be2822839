"""The attempts of one prompt on one line of time: waiting, loading, answering, breaking off.

Below a bar stands what came of it; where it broke off, a mark points at the
moment. What the link did meanwhile has a bar of its own where it fell.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from homeport.client import units
from homeport.client.wire import AttemptView, RequestView
from homeport.tui.graph import DOWN, UP
from homeport.tui.history import LinkMoment
from homeport.tui.words import Line, left, model_name, right, took, wrapped, wrapped_items

QUEUED, LOADING, WAITING, ANSWERING, BROKEN, WENT_ON = "·", "░", "▒", "█", "x", ">"
_LINK = {True: (UP, "good"), False: (DOWN, "bad"), None: (" ", "")}
_NAME = 24
_FINE = frozenset({"", "done", "cancelled"})


def time_lines(
    request: RequestView, now_ms: int, width: int, links: Sequence[LinkMoment] = ()
) -> list[Line]:
    """A ruler, then each attempt: its bar, and what came of it; the link, if it fell."""
    if not request.attempts:
        return [[("nothing was tried", "muted")]]
    end_ms = max(_end(request, attempt, now_ms) for attempt in request.attempts)
    scale = _Scale(request.at_ms, max(1, end_ms - request.at_ms), max(10, width - _NAME - 1))
    lines: list[Line] = [_ruler(end_ms - request.at_ms, scale.room)]
    before: list[AttemptView] = []
    for attempt in request.attempts:
        bar = _Bar(attempt, scale, _end(request, attempt, now_ms), _waits_since(request, before))
        sent = before[-1].sent_tokens if before and _broke(before[-1]) else 0
        lines += _attempt(bar, sent, now_ms, width)
        before.append(attempt)
    lines += _link(links, scale)
    return [*lines, *wrapped_items(_legend(lines), width, "muted", " " * (_NAME + 1))]


class _Scale:
    """From moments to cells."""

    def __init__(self, start_ms: int, total_ms: int, room: int) -> None:
        self.start_ms, self.total_ms, self.room = start_ms, total_ms, room

    def cell(self, at_ms: int | None, otherwise: int) -> int:
        """Where a moment is; within the room, whatever the times."""
        if at_ms is None:
            return otherwise
        return max(0, min(self.room, round((at_ms - self.start_ms) * self.room / self.total_ms)))


class _Bar:
    """The cells of one attempt, each within the ones around it."""

    def __init__(self, attempt: AttemptView, scale: _Scale, end_ms: int, waits_ms: int) -> None:
        self.attempt = attempt
        self.ends = max(1, scale.cell(end_ms, scale.room))
        self.starts = min(self.ends - 1, scale.cell(attempt.started_ms, 0))
        self.waits = min(self.starts, scale.cell(waits_ms, 0))
        self.first = max(self.starts, min(self.ends, scale.cell(attempt.first_token_ms, self.ends)))
        self.loaded = min(self.first, max(self.starts, scale.cell(attempt.loaded_ms, self.starts)))

    def spans(self, *, goes_on: bool) -> Line:
        """The bar itself."""
        bar = LOADING * (self.loaded - self.starts) + WAITING * (self.first - self.loaded)
        answering = ANSWERING * (self.ends - self.first)
        bar += WENT_ON + answering[1:] if goes_on and answering else answering
        bar = bar[:-1] + BROKEN if _broke(self.attempt) else bar
        return [
            (" " * self.waits, ""),
            (QUEUED * (self.starts - self.waits), "faint"),
            (bar, _role(self.attempt) or "accent"),
        ]


def _attempt(bar: _Bar, sent: int, now_ms: int, width: int) -> list[Line]:
    attempt = bar.attempt
    head: Line = [
        (left(attempt.place, 6), f"place-{attempt.place}"),
        (left(model_name(attempt.model), _NAME - 6) + " ", ""),
        *bar.spans(goes_on=bool(sent)),
    ]
    told, indent = _told(attempt, sent, now_ms), " " * (_NAME + 1)
    if _broke(attempt):
        return [head, *_pointed(bar.ends - 1, told, width)]
    return [head, *wrapped(told, width, "", indent)]


def _pointed(cell: int, text: str, width: int) -> list[Line]:
    """A sentence beside a mark below the cell that it is about; below it, where it is long."""
    indent = " " * (_NAME + 1)
    if cell + 2 + cell_len(text) <= width - len(indent):
        return [[(indent + " " * cell + f"^ {text}", "warn")]]
    before = cell - 1 - cell_len(text)
    if before >= 0:
        return [[(indent + " " * before + f"{text} ^", "warn")]]
    return [[(indent + " " * cell + "^", "warn")], *wrapped(text, width, "warn", indent)]


def _waits_since(request: RequestView, before: Sequence[AttemptView]) -> int:
    """Since when somebody waited for this attempt: the prompt's arrival, or the last failure."""
    ended = [attempt.ended_ms for attempt in before if attempt.ended_ms is not None]
    return max(ended, default=request.at_ms)


def _broke(attempt: AttemptView) -> bool:
    return attempt.outcome not in _FINE


def _end(request: RequestView, attempt: AttemptView, now_ms: int) -> int:
    if attempt.ended_ms is not None:
        return attempt.ended_ms
    return now_ms if request.total_ms is None else request.at_ms + request.total_ms


def _ruler(total_ms: int, room: int) -> Line:
    half = took(total_ms // 2)
    middle = right(half, room // 2 + len(half) // 2)
    ruler = left("0", 1) + middle[1:] + right(took(total_ms), room - len(middle))
    return [(" " * (_NAME + 1), ""), (ruler, "muted")]


def _link(links: Sequence[LinkMoment], scale: _Scale) -> list[Line]:
    """Whether the link was up, from end to end; nothing where it did not fall meanwhile."""
    start_ms, end_ms = scale.start_ms, scale.start_ms + scale.total_ms
    within = [moment for moment in links if start_ms < moment.at_ms <= end_ms]
    if not any(moment.up is False for moment in within):
        return []
    earlier = [moment for moment in links if moment.at_ms <= start_ms]
    bar: Line = []
    up, drawn = earlier[-1].up if earlier else None, 0
    for moment in (*within, LinkMoment(end_ms, None)):
        cells = max(0, scale.cell(moment.at_ms, scale.room) - drawn)
        bar.append((_LINK[up][0] * cells, _LINK[up][1]))
        up, drawn = moment.up, drawn + cells
    lines: list[Line] = [[(left("link", _NAME) + " ", "muted"), *bar]]
    for moment in within:
        if moment.up is False:
            fell = f"the link fell at {units.clock(moment.at_ms)}"
            fell += f": {moment.reason}" if moment.reason else ""
            lines += _pointed(
                min(scale.room - 1, scale.cell(moment.at_ms, 0)), fell, scale.room + _NAME + 1
            )
    return lines


def _legend(lines: Sequence[Line]) -> list[str]:
    """Only the marks that are there."""
    drawn = "".join(text for line in lines for text, role in line if role in ("faint", "accent"))
    drawn += "".join(line[-1][0] for line in lines if len(line) > 2)
    meanings = (
        (QUEUED, "waiting for its turn"),
        (LOADING, "loading"),
        (WAITING, "waiting for the first token"),
        (ANSWERING, "answering"),
        (BROKEN, "broke off"),
        (WENT_ON, "went on"),
    )
    return [f"{mark} {meaning}" for mark, meaning in meanings if mark in drawn]


def _told(attempt: AttemptView, sent: int, now_ms: int) -> str:
    words = [f"went on behind {sent:,} tokens"] if sent else []
    words.append(_came(attempt, now_ms))
    if attempt.loaded_ms is not None and attempt.loaded_ms > attempt.started_ms:
        words.append(f"loaded in {took(attempt.loaded_ms - attempt.started_ms)}")
    if attempt.first_token_ms is not None:
        words.append(f"first token after {took(attempt.first_token_ms - attempt.started_ms)}")
    if attempt.sent_tokens:
        words.append(f"{attempt.sent_tokens:,} tokens sent")
    if attempt.sentence:
        words.append(attempt.sentence)
    return " · ".join(words)


def _came(attempt: AttemptView, now_ms: int) -> str:
    """How it ended, and when where it broke off."""
    if not attempt.outcome:
        return f"running for {took(now_ms - attempt.started_ms)}"
    words = attempt.outcome.replace("_", " ")
    if attempt.ended_ms is None or not _broke(attempt):
        return words
    if attempt.sentence:  # which says the same better
        words = "failed" if attempt.first_token_ms is None else "broke off"
    after = took(attempt.ended_ms - attempt.started_ms)
    return f"{words} {after} in, at {units.clock(attempt.ended_ms)}"


def _role(attempt: AttemptView) -> str:
    return "warn" if _broke(attempt) else ""
