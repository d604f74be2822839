"""What is wrong or unusual, in words: one sentence each, the most urgent first."""

from __future__ import annotations

import time

from homeport.client.versions import VERSION
from homeport.client.wire import WindowView
from homeport.tui.state import State
from homeport.tui.words import minute, running_for, total

Notice = tuple[str, str]
"""A sentence, and its role."""


def notices(state: State) -> list[Notice]:
    """Everything a person should know beside the rows."""
    if not state.has_picture:
        return []
    found = [*_line(state)]
    if state.config_error:
        found.append((f"The config file is not in force: {state.config_error}", "bad"))
    found += [(_spent(window), "bad") for window in _spent_windows(state)]
    return [*found, *_link(state), *_versions(state)]


def _line(state: State) -> list[Notice]:
    """How the line to the daemon stands, where it is not simply open."""
    heard = minute(state.heard_ms)
    if state.phase == "quiet":
        age = running_for(round(state.silent_s * 1000))
        sentence = f"Nothing heard from the daemon for {age}; this is the picture of {heard}."
        return [(sentence, "warn")]
    if state.phase == "stopped":
        went = "stopped" if state.picture.draining else "is gone: last heard"
        sentence = f"The daemon {went} at {heard}; this is its last picture."
        return [(f"{sentence} Start it with: homeport start", "bad")]
    if state.phase != "live":
        return [(f"{state.trouble} Below is the picture of {heard}.", "bad")]
    if state.picture.draining:
        return [("The daemon is stopping: it ends what runs, and takes no new prompts.", "warn")]
    return []


def _spent_windows(state: State) -> list[WindowView]:
    return [
        window
        for window in state.picture.spend.windows
        if window.limit_nano is not None and window.spent_nano >= window.limit_nano
    ]


def _spent(window: WindowView) -> str:
    whose = "Today's" if window.window == "day" else "This month's"
    sums = f"{total(window.spent_nano)} of {total(window.limit_nano or 0)}"
    return (
        f"{whose} budget is spent ({sums}): paid models rest until {_until(window)}. "
        "Change it with: homeport budget"
    )


def _until(window: WindowView) -> str:
    if window.window == "day":
        return minute(window.resets_at_ms)
    return time.strftime("%Y-%m-%d", time.localtime(window.resets_at_ms / 1000))


def _link(state: State) -> list[Notice]:
    link = state.picture.link
    since = f" since {minute(link.since_ms)}" if link.since_ms else ""
    if link.by_choice:
        return [(f"Offline by choice{since}: cloud models rest. o goes online again.", "warn")]
    if link.state == "offline":
        reason = f" ({link.reason.rstrip('.')})" if link.reason else ""
        return [(f"Offline{since}{reason}: cloud models rest, local models go on.", "warn")]
    return []


def _versions(state: State) -> list[Notice]:
    version = state.picture.version
    if not version or version == VERSION:
        return []
    sentence = f"The daemon is version {version}, this program is {VERSION}."
    return [(f"{sentence} Bring them together with: homeport restart", "warn")]
