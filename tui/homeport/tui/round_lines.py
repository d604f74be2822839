"""A round as rows: the prompt, the answer, and its way."""

from __future__ import annotations

from homeport.tui.round import Round
from homeport.tui.way_lines import way_below, way_lines
from homeport.tui.words import Line, left, wrapped
from homeport.tui.wrapping import Wrapped

BESIDE_FROM = 84
"""Cells from which on there is room beside the answer."""
WAY = 32
_GAP = " │ "
_MARK = 2
_WAITS = {
    "": "Asking…",
    "deciding": "being decided…",
    "queued": "waiting for its turn…",
    "loading": "loading the model…",
    "streaming": "waiting for the first word…",
}


class RoundRows:
    """The rows of one round at one width."""

    def __init__(self, said: Round, width: int, *, again: bool = False) -> None:
        self.said = said
        self.width = width
        self._beside = width >= BESIDE_FROM
        room = width - _MARK - (WAY + len(_GAP) if self._beside else 0)
        self._answer = Wrapped(room)
        self._read = 0
        self._prompt = Wrapped(room)
        self._prompt.feed(f"again: {asked_of(said.model)}" if again else said.prompt)
        self._below: list[Line] = []
        self._way: list[Line] = []

    def __repr__(self) -> str:
        return f"RoundRows({self.height} of {self.said})"

    def read(self, now_ms: int) -> None:
        """Takes in what came since."""
        said = self.said
        if said.text.letters > self._read:
            self._answer.feed(said.text.since(self._read))
            self._read = said.text.letters
        room = self._answer.width
        self._below = _standing(said, room)
        if self._beside:
            self._way = way_lines(said, now_ms, WAY)
        else:
            self._below += way_below(said, now_ms, room)

    @property
    def answer_row(self) -> int:
        """Where the answer begins."""
        return len(self._prompt)

    @property
    def height(self) -> int:
        """Rows, with the empty one behind them."""
        return self.answer_row + max(len(self._answer) + len(self._below), len(self._way)) + 1

    def row(self, y: int, *, chosen: bool) -> Line:
        """One of them."""
        if y < self.answer_row:
            mark = "> " if y == 0 else "  "
            return [(mark, "accent"), (self._prompt[y][0], "strong")]
        y -= self.answer_row
        line: Line = [("▸ " if chosen and y == 0 else "  ", "accent"), *self._left(y)]
        if not self._beside or y >= max(len(self._way), 1):
            return line
        room = self._answer.width
        padded = (left("".join(text for text, _ in line[1:]), room), line[1][1] if line[1:] else "")
        way = self._way[y] if y < len(self._way) else []
        return [line[0], padded, (_GAP, "faint"), *way] if way else line

    def _left(self, y: int) -> Line:
        if y < len(self._answer):
            text, role = self._answer[y]
            return [(text, "faint" if self.said.is_replaced else role)]
        y -= len(self._answer)
        return self._below[y] if y < len(self._below) else []


def _standing(said: Round, width: int) -> list[Line]:
    """What is to be said below the words."""
    if said.standing == "running":
        state = said.request.state if said.request else ""
        waits = "" if said.text.letters else _WAITS.get(state, "")
        text = said.sentence or waits
        return wrapped(text, width, "running") if text else []
    lines: list[Line] = []
    if said.sentence:
        role = "bad" if said.standing == "failed" else "muted"
        lines += wrapped(said.sentence, width, role)
    for reason in said.reasons:
        lines += wrapped(reason, width, "muted", "  ")
    if said.standing == "done" and not said.text.letters:
        lines += wrapped("The answer has no words.", width, "muted")
    if said.is_replaced:
        lines += wrapped("Another answer took its place.", width, "muted")
    if said.advice:
        lines += wrapped(said.advice, width, "muted")
    return lines


def asked_of(model: str) -> str:
    """Who is asked, in words."""
    known = {"auto": "whichever suits", "local": "models at home", "cloud": "models in the cloud"}
    return known.get(model, model)
