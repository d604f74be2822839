"""The lines around the feed: the header above, the footer below."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.client.wire import OutboxView
from homeport.tui.availability import is_over, label_of, why_not
from homeport.tui.filters import complaint
from homeport.tui.keys import Key
from homeport.tui.side_lines import machine_words, usable
from homeport.tui.state import State
from homeport.tui.view import View, new_rows
from homeport.tui.words import Line, crop, line_width, minute, running_for, total

_GAP = "   "
_SHORTER = {"offline by choice": "offline"}
_ALWAYS = frozenset({"help", "quit"})
OFFLINE = "Go offline? Cloud models rest; local models go on.  o again: yes   esc: no"
ONLINE = "Go online? Prompts may leave again, as the policy allows.  o again: yes   esc: no"


def header_line(state: State, view: View, now_ms: int, width: int) -> Line:
    """Who, how it stands, what is there, the link, the money; the clock at the right."""
    line: Line = [(" homeport", "strong"), ("  ", ""), *_standing(state, view)]
    clock = minute(now_ms) + " "
    facts = _facts(state) if state.has_picture else []
    for fact, role in facts:
        room = width - line_width(line) - 2 * len(_GAP) - len(clock)
        told = fact if len(fact) <= room else _SHORTER.get(fact, fact)
        if len(told) <= room:
            line += [(_GAP, ""), (told, role)]
    return [*line, (" " * (width - line_width(line) - len(clock)), ""), (clock, "muted")]


def _standing(state: State, view: View) -> Line:
    word, role = _standing_word(state, view)
    return [("● " if role == "good" else "○ ", role), (word, role)]


def _standing_word(state: State, view: View) -> tuple[str, str]:
    if state.phase == "quiet":
        return f"quiet {running_for(round(state.silent_s * 1000))}", "warn"
    if state.phase != "live":
        return {
            "starting": ("starting", "muted"),
            "no-daemon": ("no daemon", "bad"),
            "refused": ("refused", "bad"),
            "trouble": ("trouble", "bad"),
            "other-version": ("versions differ", "bad"),
            "stopping": ("stopping", "warn"),
            "stopped": ("stopped", "bad"),
        }[state.phase]
    if state.picture.draining:
        return "stopping", "warn"
    return ("paused", "warn") if view.held is not None else ("live", "good")


def _facts(state: State) -> list[tuple[str, str]]:
    """Most wanted first: what does not fit is left out from the end."""
    facts = [(_link(state), "" if state.picture.link.state == "online" else "warn")]
    facts.insert(0, (_models(state), ""))
    facts.append((_today(state), "bad" if _is_spent(state) else ""))
    facts.append((_outbox(state.picture.outbox), ""))
    facts.append((machine_words(state.picture.machine), "muted"))
    return [fact for fact in facts if fact[0]]


def _models(state: State) -> str:
    counts = [(usable(state.picture.models, place), place) for place in ("local", "lan", "cloud")]
    return " · ".join(f"{n} {place}" for n, place in counts if n or place == "local")


def _link(state: State) -> str:
    link = state.picture.link
    if link.by_choice:
        return "offline by choice"
    return "link unknown" if link.state == "unknown" else link.state


def _today(state: State) -> str:
    for window in state.picture.spend.windows:
        if window.window == "day":
            limit = "" if window.limit_nano is None else f" of {total(window.limit_nano)}"
            return f"today {total(window.spent_nano)}{limit}"
    return ""


def _outbox(outbox: OutboxView) -> str:
    """What waits to be sent."""
    waiting = outbox.queued + outbox.sending
    return f"outbox {waiting} waiting" if waiting else ""


def _is_spent(state: State) -> bool:
    windows = state.picture.spend.windows
    return any(w.limit_nano is not None and w.spent_nano >= w.limit_nano for w in windows)


def feed_foot(state: State, view: View, shown: int, position: int) -> str:
    """What stands in the lower edge of the feed."""
    words = []
    if view.filter:
        words.append(complaint(view.filter) or f"filter: {crop(view.filter, 24)}")
    if view.errors_only:
        words.append("errors only")
    words.append(_following(state, view))
    return " · ".join([*words, f"{position} of {shown}"])


def _following(state: State, view: View) -> str:
    if view.held is not None:
        return f"paused, {new_rows(state, view)} new"
    if not state.is_watched:
        return "last picture"
    return "cursor held" if view.cursor else "following"


def footer_line(
    keys: Sequence[Key], state: State, view: View, width: int, *, readonly: bool
) -> Line:
    """The keys that matter; or the question, or the note, that takes their place."""
    if view.asking or (view.note and not is_over(view.note, state)):
        said = fitting(question(view), width - 1) if view.asking else crop(view.note, width - 1)
        return [(" " + said, "accent")]
    parts = [
        (
            key.shown,
            label_of(key, state, view),
            bool(why_not(key, state, view, readonly=readonly)),
            key.id in _ALWAYS,
        )
        for key in keys
        if key.in_footer
    ]
    return keys_line(parts, width)


def question(view: View) -> str:
    """What going offline or online changes."""
    return {"offline": OFFLINE, "online": ONLINE}.get(view.asking, "")


def fitting(asked: str, width: int) -> str:
    """A question; where there is little room without what it changes, but with its keys."""
    if len(asked) <= width:
        return asked
    sentences, gap, keys = asked.partition("  ")
    return crop(f"{sentences.partition('?')[0]}?{gap}{keys}", width)


def keys_line(parts: Sequence[tuple[str, str, bool, bool]], width: int) -> Line:
    """Keys with their labels, as (key, label, dimmed, always); dimmed ones are the first to go."""
    kept = list(parts)
    while kept and _keys_width(kept) > width:
        goes = [part for part in kept if part[2] and not part[3]] or [p for p in kept if not p[3]]
        if not goes:
            break
        kept.remove(goes[-1])
    line: Line = []
    for shown, label, dimmed, _ in kept:
        line += [(f" {shown} ", "faint" if dimmed else "key"), (f"{label} ", _label_role(dimmed))]
    return line


def _label_role(dimmed: bool) -> str:
    return "faint" if dimmed else "muted"


def _keys_width(parts: Sequence[tuple[str, str, bool, bool]]) -> int:
    return sum(len(shown) + len(label) + 3 for shown, label, _, _ in parts)
