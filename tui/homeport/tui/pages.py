"""What stands where the feed would be, while there is nothing to feed it with."""

from __future__ import annotations

import os
import sys

from homeport.tui.state import State
from homeport.tui.words import Line, wrapped

UNIT = "homeport.service"


def page_lines(state: State, width: int) -> list[Line]:
    """The page for this state; empty where the feed has its say."""
    if not state.has_picture:
        return absent_lines(state, width)
    if state.rows or state.phase not in ("live", "quiet"):
        return []
    return _empty(state, width)


def absent_lines(state: State, width: int) -> list[Line]:
    """Why there is no daemon to show, and what helps; empty where there is a picture."""
    if state.has_picture:
        return []
    page = _PAGES.get(state.phase)
    return page(state, width) if page else wrapped("Looking for the daemon…", width, "muted")


def _no_daemon(state: State, width: int) -> list[Line]:
    return [
        *wrapped(state.trouble, width, "strong"),
        [],
        *_told("Start it with", start_command(), width),
        [],
        *wrapped("r looks again at once; this screen also looks every 2 seconds.", width, "muted"),
    ]


def _refused(state: State, width: int) -> list[Line]:
    return [
        *wrapped("The daemon does not let this user in.", width, "strong"),
        *wrapped(state.trouble, width, ""),
        [],
        *wrapped("Run this as the user who owns it,", width, "muted"),
        *wrapped("or unset HOMEPORT_SOCKET if it names another user's socket.", width, "muted"),
        [],
        *wrapped("r tries again.", width, "muted"),
    ]


def _trouble(state: State, width: int) -> list[Line]:
    return [
        *wrapped("The daemon cannot be watched.", width, "strong"),
        *wrapped(state.trouble, width, ""),
        [],
        *_told("See what it says with", "homeport logs", width),
        *_told("Start it afresh with", "homeport restart", width),
        [],
        *wrapped("r tries again at once.", width, "muted"),
    ]


def _other_version(state: State, width: int) -> list[Line]:
    return [
        *wrapped("The daemon and this program are of different versions.", width, "strong"),
        *wrapped(state.trouble, width, ""),
        [],
        *_told("Bring them together with", "homeport restart", width),
        [],
        *wrapped("This screen goes on by itself when the daemon is back.", width, "muted"),
    ]


def _empty(state: State, width: int) -> list[Line]:
    address = state.picture.address
    lines = [*wrapped("No prompts yet. Try:  homeport ask hello", width, "strong"), []]
    if address.url:
        lines += wrapped("Other programs reach the daemon at", width, "muted")
        lines += wrapped(f"{address.url.rstrip('/')}/v1", width, "accent", "  ")
        lines += wrapped("with the key that  homeport token  prints", width, "muted", "  ")
    if address.socket:
        lines += wrapped("or, without a key, at the socket", width, "muted")
        lines += wrapped(address.socket, width, "accent", "  ")
    return lines


def _told(what: str, command: str, width: int) -> list[Line]:
    if len(what) + len(command) + 3 <= width:
        return [[(f"{what}:  ", ""), (command, "accent")]]
    return [[(f"{what}:", "")], [(f"  {command}", "accent")]]


def start_command() -> str:
    """The command that starts the daemon on this system."""
    if sys.platform.startswith("linux") and _has_unit():
        return f"systemctl --user start {UNIT}"
    return "homeport start"


def _has_unit() -> bool:
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.exists(os.path.join(config, "systemd", "user", UNIT))


_PAGES = {
    "no-daemon": _no_daemon,
    "refused": _refused,
    "trouble": _trouble,
    "other-version": _other_version,
}
