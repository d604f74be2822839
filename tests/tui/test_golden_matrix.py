"""Every screen in every state at every size has its picture, and no picture is nobody's.

A screen, a phase of the line, a state of a prompt or of a talk that is added without one
fails here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from homeport.client.wire.requests import RequestState
from homeport.tui import round as rounds
from homeport.tui.keys import ScreenName
from homeport.tui.reducer import hear
from homeport.tui.state import Phase, State
from support import sights
from support.goldens import GOLDENS, LARGE, SMALL, golden_file

HERE = Path(__file__).parent
README = HERE.parents[1] / "tui" / "README.md"

# What the README calls each state, and the scenes and moments that show it.
STATES = {
    "starting": ("starting",),
    "no daemon": ("no-daemon",),
    "refused": ("refused",),
    "trouble": ("trouble",),
    "empty": ("empty",),
    "live": ("live",),
    "paused": ("paused",),
    "quiet": ("quiet",),
    "stopping, stopped, gone": ("stopping", "stopping-unwatched", "stopped", "gone"),
    "versions differ": ("versions-differ", "older-daemon"),
    "offline by choice, offline since": ("offline-by-choice", "offline-since"),
    "budget spent": ("budget-spent",),
    "a prompt waits at a limit": ("waits-at-limit", "asks-raise"),
    "alert": ("alerted",),
    "outbox": ("kept-and-waiting",),
    "config refused": ("config-refused",),
    "watcher too slow": ("slow-watcher",),
}

# States that have no picture on screens beside Live, and why.
LIVE_ALONE = {
    "paused": "the feed is held, and the feed is Live's",
    "waits-at-limit": "one of the sentences above the page, which the other states show",
    "asks-raise": "a list to pick from, opened from Live",
    "alerted": "one of the sentences above the page",
    "kept-and-waiting": "one of the sentences above the page, and a word of the header",
}

# What is opened in or below a screen, and takes the keys there.
LINES = ("filter-line", "budget-line")

# By screen, for each state of its own: its picture, or the section of one.
OF_A_ROUND = {
    "running": ("chat-waiting", "chat-streaming", "compare-streaming"),
    "done": ("chat-answered", "chat-moved", "chat-replaced", "compare-answered"),
    "stopped": ("chat-stopped",),
    "failed": ("chat-failed", "chat-cut", "compare-failed"),
}
OF_A_DECISION: dict[RequestState, str] = {
    "deciding": "deciding",
    "queued": "queued",
    "loading": "loading",
    "streaming": "streaming",
    "done": "done at home",
    "failed": "failed: vetoed",
    "cancelled": "cancelled",
}
OF_A_MODEL = ("none", "ready", "loadable", "loading", "failing", "missing")


def sized(name: str) -> list[str]:
    """The names of its pictures."""
    return [f"{name}-{width}x{height}" for width, height in LARGE]


def shown(name: str) -> set[str]:
    """The sections of a picture."""
    return set(re.findall(r"^== (.*)$", golden_file(name).read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("screen", [*get_args(ScreenName), *LINES])
def test_every_screen_is_shown_in_every_state_of_the_daemon(screen: str) -> None:
    if screen == "live":
        missing = [name for scene in sights.scenes() for name in sized(scene)]
        assert [name for name in missing if not golden_file(name).exists()] == []
    else:
        for name in sized(f"{screen}-states"):
            assert shown(name) == set(sights.scenes())


def test_every_state_of_the_readme_is_shown() -> None:
    table = README.read_text("utf-8").partition("### States")[2].partition("###")[0]
    told = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]
    assert [row for row in told if not row.startswith("---")] == list(STATES)
    states = {scene for scenes in STATES.values() for scene in scenes}
    assert states - set(LIVE_ALONE) == set(sights.scenes())
    assert [
        name for state in states for name in sized(state) if not golden_file(name).exists()
    ] == []


def test_every_phase_of_the_line_is_shown() -> None:
    found = set()
    for news in sights.scenes().values():
        state = State()
        for piece, now_ms in news:
            state = hear(state, piece, now_ms)
        found.add(state.phase)
    assert found == set(get_args(Phase))


def test_every_state_of_a_talk_is_shown() -> None:
    assert set(OF_A_ROUND) == set(get_args(rounds.Standing))
    names = [name for poses in OF_A_ROUND.values() for pose in poses for name in sized(pose)]
    assert [name for name in names if not golden_file(name).exists()] == []


def test_every_state_of_a_decision_is_shown() -> None:
    assert set(OF_A_DECISION) == set(get_args(RequestState))
    for name in sized("why-own"):
        assert set(OF_A_DECISION.values()) <= shown(name)


def test_every_state_of_a_model_is_shown() -> None:
    for name in sized("models-own"):
        assert {section.partition(",")[0] for section in shown(name)} == set(OF_A_MODEL)


def test_too_small_a_screen_says_the_size_it_needs_and_nothing_else() -> None:
    width, height = SMALL
    assert golden_file(f"anything-{width}x{height}").read_text("utf-8").split() == (
        f"Needs 48 x 12; this is {width} x {height}.".split()
    )


def test_no_picture_is_nobodys() -> None:
    texts = "".join(
        path.read_text("utf-8") for path in (*HERE.glob("test_*goldens.py"), Path(__file__))
    )
    known = {*sights.scenes(), *sights.moments(), "small"}
    known |= {
        f"{screen}-{kind}"
        for screen in (*get_args(ScreenName), *LINES)
        for kind in ("states", "own")
    }
    names = {re.sub(r"(-ascii)?-\d+x\d+$", "", path.stem) for path in GOLDENS.glob("*.txt")}
    told = {name for name in names if f'"{name}"' in texts or name.replace("-", "_") in texts}
    assert names - known - told == set()
