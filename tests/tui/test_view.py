"""Ways of looking: the cursor, the pause, the filter, and the way back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from homeport.client import wire
from homeport.tui.reducer import apply
from homeport.tui.state import State
from homeport.tui.view import (
    View,
    chosen,
    cursor_index,
    moved,
    new_rows,
    paused,
    retreated,
    visible,
)
from support import sights


def start() -> State:
    return apply(State(phase="live"), sights.snapshot())


def one_more(state: State, id_: str = "new") -> State:
    n = state.picture.n + 1
    return apply(state, wire.Decided(n, 0, wire.RequestView(id_, sights.NOW_MS, "done")))


def chosen_id(state: State, view: View) -> str:
    request = chosen(state, view)
    return request.id if request else ""


def test_the_newest_is_followed() -> None:
    state, view = start(), View()
    assert chosen_id(state, view) == "6f94ab02"
    assert chosen_id(one_more(state), view) == "new"


def test_the_cursor_stays_on_its_decision() -> None:
    state = start()
    view = moved(state, View(), -2)
    assert chosen_id(one_more(state), view) == "7f3a2c91"


def test_back_at_the_end_the_newest_is_followed_again() -> None:
    state = start()
    view = moved(state, moved(state, View(), -2), 5)
    assert view.cursor == ""


def test_a_cursor_whose_decision_is_hidden_is_on_the_newest() -> None:
    state = start()
    view = replace(moved(state, View(), -1), filter="cloud")
    assert chosen_id(state, view) == "7f3a2c91"


def test_a_pause_holds_the_rows_and_counts_the_new() -> None:
    state = start()
    view = paused(state, View())
    later = one_more(one_more(state, "x"), "y")
    assert len(visible(later, view)) == 7
    assert new_rows(later, view) == 2
    assert chosen_id(later, paused(later, view)) == "y"


def test_while_paused_the_last_row_is_held_by_its_id() -> None:
    state = start()
    view = moved(state, paused(state, View()), 1)
    assert view.cursor == "6f94ab02"


def test_errors_only() -> None:
    rows = visible(start(), View(errors_only=True))
    assert [row.id for row in rows] == ["7f3a2c91", "5e6610fb"]


def test_every_step_back_undoes_one_thing() -> None:
    state = start()
    view = replace(
        paused(state, moved(state, View(), -1)), filter="x", errors_only=True, asking="offline"
    )
    steps = []
    for _ in range(4):
        view = retreated(view)
        steps.append((view.asking, view.filter, view.errors_only, view.held is None))
    assert steps == [
        ("", "x", True, False),
        ("", "", True, False),
        ("", "", False, False),
        ("", "", False, True),
    ]
    assert view == View()


def test_without_rows_there_is_nothing_to_choose() -> None:
    assert chosen(State(), View()) is None
    assert cursor_index((), View()) == -1
    assert moved(State(), View(), 3) == View()
    assert new_rows(State(), View()) == 0


@given(st.lists(st.integers(-9, 9)))
def test_the_cursor_never_leaves_the_rows(steps: list[int]) -> None:
    state, view = start(), View()
    for step in steps:
        view = moved(state, view, step)
        assert 0 <= cursor_index(visible(state, view), view) < 7
