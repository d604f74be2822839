"""How a person looks at the feed: where the cursor is, what is held, what is hidden.

Pure values and functions. The cursor is the id of a decision, so that it stays
on it while rows come and go; an empty cursor follows the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from homeport.client.wire import RequestView
from homeport.tui.filters import matcher
from homeport.tui.state import Rows, State, went_wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One way of looking."""

    cursor: str = ""
    held: Rows | None = None
    """The rows as they were when the feed was paused."""
    filter: str = ""
    errors_only: bool = False
    asking: Literal["", "offline", "online"] = ""
    """What a second `o` would do."""
    note: str = ""
    """An answer to the last key, until the next one."""

    @property
    def is_narrowed(self) -> bool:
        """Whether some decisions are hidden."""
        return bool(self.filter or self.errors_only)


def visible(state: State, view: View) -> tuple[RequestView, ...]:
    """The rows to show, oldest first."""
    rows = (state.rows if view.held is None else view.held).values()
    if not view.is_narrowed:
        return tuple(rows)
    matches = matcher(view.filter)
    return tuple(row for row in rows if matches(row) and (not view.errors_only or went_wrong(row)))


def new_rows(state: State, view: View) -> int:
    """How many decisions came since the feed was paused."""
    if view.held is None:
        return 0
    held = view.held
    return sum(1 for id_ in state.rows if id_ not in held)


def cursor_index(rows: tuple[RequestView, ...], view: View) -> int:
    """Where the cursor stands; the newest where its decision is not shown, -1 without rows."""
    if view.cursor:
        for index in range(len(rows) - 1, -1, -1):
            if rows[index].id == view.cursor:
                return index
    return len(rows) - 1


def chosen(state: State, view: View) -> RequestView | None:
    """The decision under the cursor."""
    rows = visible(state, view)
    return rows[cursor_index(rows, view)] if rows else None


def moved(state: State, view: View, by: int) -> View:
    """The cursor moved by so many rows; the newest row is followed unless paused."""
    rows = visible(state, view)
    if not rows:
        return view
    index = max(0, min(len(rows) - 1, cursor_index(rows, view) + by))
    follows = index == len(rows) - 1 and view.held is None
    return replace(view, cursor="" if follows else rows[index].id)


def paused(state: State, view: View) -> View:
    """Holds the rows as they are, or lets them go on."""
    if view.held is not None:
        return replace(view, held=None, cursor="")
    return replace(view, held=state.rows)


def retreated(view: View) -> View:
    """One step back: the question, the filter, the errors, the pause, the cursor."""
    if view.asking:
        return replace(view, asking="")
    if view.filter:
        return replace(view, filter="")
    if view.errors_only:
        return replace(view, errors_only=False)
    return replace(view, held=None, cursor="")
