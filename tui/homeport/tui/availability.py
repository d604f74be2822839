"""Why a key has nothing to do at this moment, as a sentence; and what it is called now."""

from __future__ import annotations

from dataclasses import replace

from homeport.tui.keys import Key
from homeport.tui.state import State
from homeport.tui.view import View

NO_ROWS = "There are no decisions yet."
NOT_EXPLAINED = "The daemon is not there to explain it."
NOT_TOLD = "The daemon is not there to be told."
WATCHED = "There is nothing to retry: the daemon is being watched."
READONLY = "Nothing is changed from here: this was started with --readonly."
_MOVES = frozenset({"down", "up", "page-down", "page-up", "first"})
_EXPLAINS = frozenset({"why", "what-if"})
_JUDGES = frozenset({"thumbs-up", "thumbs-down"})
_TELLS = _JUDGES | {"offline", "budget"}
_NEEDS_ROWS = _MOVES | _EXPLAINS | _JUDGES | {"pause", "filter", "errors", "copy"}


def why_not(key: Key, state: State, view: View, *, readonly: bool) -> str:
    """The reason why this key is dimmed on the Live screen; empty where it is not."""
    if key.id in _NEEDS_ROWS and not state.rows:
        return NO_ROWS
    if key.id in _EXPLAINS and not state.is_watched:
        return NOT_EXPLAINED
    if key.id == "retry" and state.is_watched:
        return WATCHED
    if key.id in _TELLS:
        return _why_not_told(state, readonly=readonly)
    if key.id == "back" and replace(view, note="") == View():
        return "This is the first screen; q leaves."
    return ""


def _why_not_told(state: State, *, readonly: bool) -> str:
    if readonly:
        return READONLY
    if not state.is_watched:
        return NOT_TOLD
    return ""


def why_not_there(key: Key, state: State, *, readonly: bool) -> str:
    """The reason why this key is dimmed on another screen; empty where it is not."""
    return _why_not_told(state, readonly=readonly) if key.id in _TELLS else ""


def is_over(note: str, state: State) -> bool:
    """Whether what a key lacked when it was pressed is there by now."""
    if note == NO_ROWS:
        return bool(state.rows)
    if note in (NOT_EXPLAINED, NOT_TOLD):
        return state.is_watched
    return note == WATCHED and not state.is_watched


def label_of(key: Key, state: State, view: View) -> str:
    """What the key would do now."""
    if key.id == "pause" and view.held is not None:
        return "Follow"
    if key.id == "errors" and view.errors_only:
        return "All"
    if key.id == "offline" and state.picture.link.by_choice:
        return "Go online"
    return key.label
