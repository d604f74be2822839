"""Groupings, sums by task, and what a typed budget asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.tui.spending import GROUPS, SPANS, Grouping, Spent, by_task, in_sight, limit_of
from support import room_sights, sights

DAY_MS = 86_400_000


def test_groupings_and_spans_go_round() -> None:
    seen = Grouping()
    for _ in GROUPS:
        seen = seen.turned(1)
    assert seen == Grouping()
    assert Grouping().turned(-1).by == GROUPS[-1][1]
    assert Grouping().days == SPANS[0]
    assert Grouping().widened().widened().widened() == Grouping()


def test_decisions_are_summed_by_task() -> None:
    rows = by_task(room_sights.decisions(), 30, sights.NOW_MS)
    assert [(row.group, row.requests) for row in rows] == [("code", 7), ("translation", 1), ("", 1)]
    assert rows[0].cost_nano == 21_300_000 + 1_100_000
    assert (rows[1].cost_nano, rows[1].estimated_nano) == (12_000_000, 12_000_000)


def test_older_decisions_are_left_out() -> None:
    old = structs.replace(sights.requests()[0], at_ms=sights.NOW_MS - 8 * DAY_MS)
    assert by_task([old], 7, sights.NOW_MS) == ()
    assert len(by_task([old], 30, sights.NOW_MS)) == 1


def test_the_newest_day_comes_first_and_other_rows_stay() -> None:
    reports = room_sights.reports()
    days = in_sight(Spent(Grouping(0), reports["day"].rows))
    assert [row.group for row in days] == ["2026-11-18", "2026-11-17", "2026-11-16"]
    assert in_sight(Spent(Grouping(1), reports["model"].rows)) == reports["model"].rows


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("day 4", ("day", 4.0)),
        (" MONTH  $40.50 ", ("month", 40.5)),
        ("day none", ("day", None)),
        ("month 0", ("month", 0.0)),
    ],
)
def test_a_budget_that_can_be_read(text: str, wanted: tuple[str, float | None]) -> None:
    assert limit_of(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "4", "week 4", "day", "day much", "day -1", "day nan", "day inf"]
)
def test_a_budget_that_cannot_be_read_is_answered_in_words(text: str) -> None:
    said = limit_of(text)
    assert isinstance(said, str)
    assert said.endswith(".")


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    wanted = limit_of(text)
    assert isinstance(wanted, str) or wanted[0] in ("day", "month")
