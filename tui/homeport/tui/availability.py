"""Why a key has nothing to do at this moment, as a sentence; and what it is called now."""

from __future__ import annotations

from dataclasses import replace

from homeport.tui.keys import Key
from homeport.tui.state import State
from homeport.tui.view import View

READONLY = "Nothing is changed from here: this was started with --readonly."
_MOVES = frozenset({"down", "up", "page-down", "page-up", "first"})
_EXPLAINS = frozenset({"why", "what-if"})
_JUDGES = frozenset({"thumbs-up", "thumbs-down"})
_TELLS = _JUDGES | {"offline", "budget"}
_NEEDS_ROWS = _MOVES | _EXPLAINS | _JUDGES | {"pause", "filter", "errors", "copy"}


def why_not(key: Key, state: State, view: View, *, readonly: bool) -> str:
    """The reason why this key is dimmed on the Live screen; empty where it is not."""
    if key.id in _NEEDS_ROWS and not state.rows:
        return "There are no decisions yet."
    if key.id in _EXPLAINS and not state.is_watched:
        return "The daemon is not there to explain it."
    if key.id == "retry" and state.is_watched:
        return "There is nothing to retry: the daemon is being watched."
    if key.id in _TELLS:
        return _why_not_told(state, readonly=readonly)
    if key.id == "back" and replace(view, note="") == View():
        return "This is the first screen; q leaves."
    return ""


def _why_not_told(state: State, *, readonly: bool) -> str:
    if readonly:
        return READONLY
    if not state.is_watched:
        return "The daemon is not there to be told."
    return ""


def why_not_there(key: Key, state: State, *, readonly: bool) -> str:
    """The reason why this key is dimmed on another screen; empty where it is not."""
    return _why_not_told(state, readonly=readonly) if key.id in _TELLS else ""


def label_of(key: Key, state: State, view: View) -> str:
    """What the key would do now."""
    if key.id == "pause" and view.held is not None:
        return "Follow"
    if key.id == "errors" and view.errors_only:
        return "All"
    if key.id == "offline" and state.picture.link.by_choice:
        return "Go online"
    return key.label
