"""One answer of a comparison as a column: a head that stays, and the text below it."""

from __future__ import annotations

from homeport.client import units
from homeport.client.wire import AnswerView
from homeport.tui.bout import Bout, Side
from homeport.tui.words import Line, count, crop, left, model_name, running_for, took
from homeport.tui.wrapping import Wrapped

HEAD_ROWS = 4
LEAST_WIDTH = 34
"""Of a column; where fewer fit, they are turned over."""
GAP = " │ "


def fitting(count_: int, width: int) -> int:
    """How many columns fit side by side."""
    return max(1, min(count_, (width + len(GAP)) // (LEAST_WIDTH + len(GAP))))


class SideRows:
    """The rows of one side at one width."""

    def __init__(self, side: Side, width: int) -> None:
        self.side = side
        self.width = width
        self.head: list[Line] = []
        self._text = Wrapped(width)
        self._read = 0
        self._below = Wrapped(width)

    def __repr__(self) -> str:
        return f"SideRows({self.side.model}, {len(self)} rows)"

    def __len__(self) -> int:
        return len(self._text) + len(self._below)

    def read(self, bout: Bout, number: int, now_ms: int, *, chosen: bool) -> None:
        """Takes in what came since."""
        side = self.side
        if side.text.letters > self._read:
            self._text.feed(side.text.since(self._read))
            self._read = side.text.letters
        self._below = Wrapped(self.width)
        if side.view and not side.view.ok:
            self._below.feed(f"No answer: {side.view.error}")
        elif bout.standing == "running" and not side.text.letters:
            self._below.feed("waiting for the first word…")
        self.head = _head(bout, side, number, now_ms, self.width, chosen=chosen)

    def row(self, y: int) -> Line:
        """One row of the text, exactly as wide as the column."""
        if y < len(self._text):
            text, role = self._text[y]
        elif y < len(self):
            text = self._below[y - len(self._text)][0]
            role = "bad" if self.side.view else "running"
        else:
            text, role = "", ""
        return [(left(text, self.width), role)]


def _head(
    bout: Bout, side: Side, number: int, now_ms: int, width: int, *, chosen: bool
) -> list[Line]:
    place = side.view.place if side.view else ""
    name = f"{place} {model_name(side.model)}".strip()
    mark = "▸" if chosen else " "
    role = "strong" if chosen else f"place-{place}" if place else ""
    told = _standing(bout, side, now_ms, width - 3)
    told_role = {"up": "good", "down": "warn"}.get(side.verdict, "muted")
    cost, cost_role = _cost(side, width - 3)
    return [
        [(f"{mark}{number} ", "accent"), (left(name, width - 3), role)],
        [("   ", ""), (left(told, width - 3), told_role)],
        [("   ", ""), (left(cost, width - 3), cost_role)],
        [("─" * width, "faint")],
    ]


def _standing(bout: Bout, side: Side, now_ms: int, width: int) -> str:
    view = side.view
    if view is None:
        if bout.standing == "running":
            since = bout.request.at_ms if bout.request else now_ms
            return f"{running_for(now_ms - since)} · {count(side.text.letters, 'letter')}"
        return bout.standing or ""
    if not view.ok:
        return "failed"
    first = "" if view.first_token_ms is None else f", first word {took(view.first_token_ms)}"
    if side.verdict:
        judged = "your pick" if side.verdict == "up" else "you said: bad"
        whole = f"{took(view.total_ms) or '?'}{first} · {judged}"
        return whole if len(whole) <= width else f"{took(view.total_ms) or '?'} · {judged}"
    return f"{took(view.total_ms) or '?'}{first}"


def _cost(side: Side, width: int) -> tuple[str, str]:
    view = side.view
    if view is None:
        return "", ""
    words = (
        [] if view.output_tokens is None else [count(view.output_tokens, "token") + _speed(view)]
    )
    if view.ok or view.cost_nano is not None:
        is_free = view.place == "local" and not view.cost_nano
        words.append(units.money(view.cost_nano, certain=view.certain or is_free))
    return crop(" · ".join(words), width), "muted"


def _speed(view: AnswerView) -> str:
    decode_ms = (view.total_ms or 0) - (view.first_token_ms or 0)
    tokens = view.output_tokens or 0
    return f", {1e3 * (tokens - 1) / decode_ms:.0f}/s" if tokens > 1 and decode_ms > 0 else ""
