"""Measurements as letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.tui.graph import HEIGHTS, bar, graph, strip
from homeport.tui.words import in_ascii

SHARES = st.lists(st.none() | st.floats(0, 1), max_size=60)


@given(SHARES, st.integers(1, 40), st.integers(1, 5))
def test_a_graph_fills_its_room_and_the_newest_is_at_the_right(values, width, height) -> None:
    rows = graph(values, width, height)
    assert [len(row) for row in rows] == [width] * height
    if values:
        assert (rows[-1][-1] == " ") == (values[-1] is None)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.integers(1, 5))
def test_more_is_never_drawn_lower(pair: list[float], height: int) -> None:
    rows = graph(sorted(pair), 2, height)
    low, high = (sum(HEIGHTS.index(row[column]) for row in rows) for column in (0, 1))
    assert low <= high


def test_rows_are_filled_from_below() -> None:
    assert graph([0.0, 0.5, 1.0, None], 5, 2) == ["   █ ", " ▁██ "]
    assert in_ascii("".join(graph([n / 8 for n in range(1, 9)], 8, 1))) == "_.-=+*%#"


def test_a_share_out_of_bounds_stays_in_the_graph() -> None:
    assert graph([-3.0, 7.0], 2, 1) == ["▁█"]


def test_a_strip_tells_yes_no_and_unknown() -> None:
    assert strip([True, False, None], 5) == "  █x "
    assert strip([True, False], 1) == "x"
    assert strip([True], 0) == ""


def test_a_bar_shows_what_is_not_nothing() -> None:
    assert [len(bar(part, 100, 10)) for part in (0, 1, 50, 100, 300)] == [0, 1, 5, 10, 10]
    assert bar(3, 0, 10) == ""
