"""The state, and what can be told of one prompt."""

from __future__ import annotations

from dataclasses import replace

from homeport.client import wire
from homeport.tui.state import State, is_running, went_wrong
from support import sights


def live_state(**fields: object) -> State:
    rows = {row.id: row for row in sights.requests()}
    return State(phase="live", picture=sights.snapshot(requests=()), rows=rows, **fields)


def test_there_is_no_picture_before_the_first_snapshot() -> None:
    assert not State().has_picture
    assert live_state().has_picture


def test_a_daemon_is_there_to_be_asked_while_the_line_is_open() -> None:
    state = live_state()
    watched = [
        phase
        for phase in ("starting", "no-daemon", "refused", "live", "quiet", "stopped")
        if replace(state, phase=phase).is_watched
    ]
    assert watched == ["live", "quiet"]


def test_time_passes_only_for_what_runs_now() -> None:
    state = live_state()
    assert state.is_running
    assert not replace(state, phase="stopped").is_running
    done = {id_: row for id_, row in state.rows.items() if not is_running(row)}
    assert not replace(state, rows=done).is_running


def test_what_went_wrong() -> None:
    wrong = [row.id for row in sights.requests() if went_wrong(row)]
    assert wrong == ["7f3a2c91", "5e6610fb"]
    cancelled = wire.AttemptView("m", "local", 0, outcome="cancelled")
    assert not went_wrong(wire.RequestView("a", 0, "cancelled", attempts=(cancelled,)))
