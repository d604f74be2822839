"""What is wrong or unusual, in words: one sentence each, the most urgent first."""

from __future__ import annotations

import time

from homeport.client import units
from homeport.client.versions import VERSION
from homeport.client.wire import BudgetQuestion, WindowView
from homeport.tui.pages import start_command
from homeport.tui.state import State
from homeport.tui.words import count, minute, running_for, total

_ALERT_MS = 600_000

Notice = tuple[str, str]
"""A sentence, and its role."""


def notices(state: State) -> list[Notice]:
    """Everything a person should know beside the rows."""
    if not state.has_picture:
        return []
    found = [*_line(state)]
    if state.config_error:
        found.append((f"The config file is not in force: {state.config_error}", "bad"))
    found += [(waiting_words(question), "warn") for question in state.questions]
    found += [(_spent(window), "bad") for window in _spent_windows(state)]
    found += _outbox(state) + _alert(state)
    return [*found, *_link(state), *_versions(state)]


def _line(state: State) -> list[Notice]:
    """How the line to the daemon stands, where it is not simply open."""
    heard = minute(state.heard_ms)
    if state.phase == "quiet":
        age = running_for(round(state.silent_s * 1000))
        sentence = f"Nothing heard from the daemon for {age}; this is the picture of {heard}."
        return [(sentence, "warn")]
    if state.phase == "stopping" or (state.phase == "live" and state.picture.draining):
        return [("The daemon is stopping: it ends what runs, and takes no new prompts.", "warn")]
    if state.phase == "stopped":
        went = "stopped" if state.picture.draining else "is gone: last heard"
        sentence = f"The daemon {went} at {heard}; this is its last picture."
        return [(f"{sentence} Start it with: homeport start", "bad")]
    if state.phase != "live":
        return [(f"{state.trouble} Below is the picture of {heard}.", "bad")]
    return []


def absence(state: State) -> list[Notice]:
    """Why there is no daemon, for a screen whose body is about something else."""
    if state.has_picture:
        return []
    if state.phase == "starting":
        return [("Looking for the daemon…", "muted")]
    helps = {
        "no-daemon": f" Start it with: {start_command()}",
        "trouble": " See what it says with: homeport logs",
        "other-version": " Bring them together with: homeport restart",
    }
    return [(state.trouble + helps.get(state.phase, ""), "bad")]


def whose(window: str) -> str:
    """`today's`, `this week's`: whose limit it is."""
    return {"day": "today's", "week": "this week's", "month": "this month's"}.get(
        window, f"the {window}'s"
    )


def waiting_words(question: BudgetQuestion) -> str:
    """A prompt that waits at a limit, and what would let it go on."""
    who = question.client or "A prompt"
    more = units.money(question.raise_nano)
    limit = f"{whose(question.window)} limit" + (f" of {question.name}" if question.name else "")
    return f"{who} waits at {limit}: {more} more lets {question.model} answer. b says yes or no."


def _outbox(state: State) -> list[Notice]:
    """What of it needs the person."""
    outbox = state.picture.outbox
    parts = [
        f"{count(number, 'prompt')} {words}"
        for number, words in (
            (outbox.uncertain, "may have been answered, which nobody knows"),
            (outbox.failed, "could not be answered"),
            (outbox.answered, "answered and not read"),
        )
        if number
    ]
    return [(f"Outbox: {', '.join(parts)}. See: homeport outbox", "warn")] if parts else []


def _alert(state: State) -> list[Notice]:
    """What was said of money, for some minutes."""
    alert = state.alert
    if alert is None or state.heard_ms - alert.at_ms > _ALERT_MS:
        return []
    return [(alert.alert.sentence, "warn")]


def _spent_windows(state: State) -> list[WindowView]:
    return [
        window
        for window in state.picture.spend.windows
        if window.limit_nano is not None and window.spent_nano >= window.limit_nano
    ]


def _spent(window: WindowView) -> str:
    name = whose(window.window)
    sums = f"{total(window.spent_nano)} of {total(window.limit_nano or 0)}"
    return (
        f"{name[0].upper()}{name[1:]} budget is spent ({sums}): paid models rest until "
        f"{_until(window)}. b changes it, as does: homeport budget"
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
