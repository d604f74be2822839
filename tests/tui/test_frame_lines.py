"""The header and the footer."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.tui.frame_lines import (
    OFFLINE,
    feed_foot,
    fitting,
    footer_line,
    header_line,
    keys_line,
    question,
)
from homeport.tui.keys import keys_of
from homeport.tui.reducer import apply
from homeport.tui.state import Phase, State
from homeport.tui.view import View, moved, paused
from homeport.tui.words import Line, line_width
from support import sights


def live(**fields: object) -> State:
    return apply(State(phase="live", heard_ms=sights.NOW_MS), sights.snapshot(**fields))


def text_of(line: Line) -> str:
    return "".join(text for text, _ in line).rstrip()


def header(state: State, view: View | None = None, width: int = 120) -> str:
    return text_of(header_line(state, view or View(), sights.NOW_MS, width))


@given(st.integers(48, 250))
def test_the_header_is_exactly_as_wide_as_the_screen(width: int) -> None:
    assert line_width(header_line(live(), View(), sights.NOW_MS, width)) == width


def test_the_header_answers_at_a_glance() -> None:
    said = " homeport  ● live   3 local · 2 cloud   online   today $0.43 of $2.00"
    assert header(live()).startswith(said)
    assert header(live()).endswith("14:03")


def test_what_does_not_fit_goes_from_the_end() -> None:
    assert "cpu" not in header(live(), width=80)
    assert "today" in header(live(), width=80)
    assert "today" not in header(live(), width=60)
    assert "3 local" in header(live(), width=60)


def test_how_it_stands_in_a_word() -> None:
    state = live()
    words = {
        phase: header(replace(state, phase=phase)).split("   ")[0]
        for phase in get_args(Phase)
        if phase not in ("live", "quiet")
    }
    assert words == {
        "starting": " homeport  ○ starting",
        "no-daemon": " homeport  ○ no daemon",
        "refused": " homeport  ○ refused",
        "trouble": " homeport  ○ trouble",
        "other-version": " homeport  ○ versions differ",
        "stopping": " homeport  ○ stopping",
        "stopped": " homeport  ○ stopped",
    }
    assert "○ paused" in header(state, paused(state, View()))
    assert "○ stopping" in header(live(draining=True))
    quiet = replace(state, phase="quiet", silent_s=34.0)
    assert "○ quiet 34s" in header(quiet)


def test_a_question_keeps_its_keys_where_there_is_little_room() -> None:
    assert fitting(OFFLINE, 80) == OFFLINE
    assert fitting(OFFLINE, 58) == "Go offline?  o again: yes   esc: no"
    assert fitting(OFFLINE, 20) == "Go offline?  o agai…"


def test_the_link_in_words() -> None:
    assert "offline by choice" in header(live(link=wire.LinkView("offline", by_choice=True)))
    assert "   offline   " in header(live(link=wire.LinkView("offline")))
    assert "link unknown" in header(live(link=wire.LinkView()))


def test_a_day_without_a_limit_or_without_a_window() -> None:
    window = wire.WindowView("day", None, 5_000_000_000, 0, 0)
    assert "today $5.00   " in header(live(spend=wire.SpendView((window,))))
    assert "today" not in header(live(spend=wire.SpendView()))


def test_a_model_on_the_lan_is_counted_apart() -> None:
    models = (*sights.models(), wire.ModelView("box/qwen", "lan", "ready"))
    assert "3 local · 1 lan · 2 cloud" in header(live(models=models))


def test_the_foot_of_the_feed() -> None:
    state = live()
    assert feed_foot(state, View(), 7, 7) == "following · 7 of 7"
    assert feed_foot(state, moved(state, View(), -1), 7, 6) == "cursor held · 6 of 7"
    assert feed_foot(state, paused(state, View()), 7, 7) == "paused, 0 new · 7 of 7"
    narrowed = View(filter="cloud", errors_only=True)
    foot = feed_foot(state, narrowed, 1, 1)
    assert foot == "filter: cloud · errors only · following · 1 of 1"
    assert feed_foot(replace(state, phase="stopped"), View(), 7, 7) == "last picture · 7 of 7"


LIVE = keys_of("live")


def test_the_footer_tells_what_the_keys_do_now() -> None:
    state = live()
    assert "space Pause" in text_of(footer_line(LIVE, state, View(), 120, readonly=False))
    held = text_of(footer_line(LIVE, state, paused(state, View()), 120, readonly=False))
    assert "space Follow" in held


def test_a_note_or_a_question_takes_the_footers_place() -> None:
    state = live()
    noted = footer_line(LIVE, state, View(note="Copied 7f"), 120, readonly=False)
    assert text_of(noted) == " Copied 7f"
    asked = text_of(footer_line(LIVE, state, View(asking="offline"), 120, readonly=False))
    assert asked.startswith(" Go offline? Cloud models rest")
    assert "Prompts may leave again" in question(View(asking="online"))


def test_dimmed_keys_go_first_and_help_and_quit_stay() -> None:
    parts = [
        ("a", "Able", False, False),
        ("b", "Barred", True, False),
        ("c", "Can", False, False),
        ("q", "Quit", False, True),
    ]
    assert text_of(keys_line(parts, 99)) == " a Able  b Barred  c Can  q Quit"
    assert text_of(keys_line(parts, 25)) == " a Able  c Can  q Quit"
    assert text_of(keys_line(parts, 16)) == " a Able  q Quit"
    assert text_of(keys_line(parts, 3)) == " q Quit"


def test_dimmed_keys_are_faint() -> None:
    roles = {role for _, role in footer_line(LIVE, State(), View(), 120, readonly=False)}
    assert "faint" in roles


def test_a_spent_day_is_marked() -> None:
    spent = live(spend=sights.spend(2 * sights.USD))
    roles = dict(header_line(spent, View(), sights.NOW_MS, 120))
    assert roles["today $2.00 of $2.00"] == "bad"
    assert structs.asdict(spent.picture.spend.windows[0])["spent_nano"] == 2 * sights.USD
