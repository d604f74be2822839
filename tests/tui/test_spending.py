"""Groupings, what is compared with, and what a typed budget asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.tui.spending import (
    GROUPS,
    SPANS,
    Grouping,
    Spent,
    Wanted,
    baseline_of,
    in_sight,
    wanted_of,
)
from support import room_sights, sights


def test_groupings_and_spans_go_round() -> None:
    seen = Grouping()
    for _ in GROUPS:
        seen = seen.turned(1)
    assert seen == Grouping()
    assert Grouping().turned(-1).by == GROUPS[-1][1]
    assert Grouping().days == SPANS[0]
    assert Grouping().widened().widened().widened() == Grouping()


def test_the_baseline_is_the_cloud_model_that_answers_most() -> None:
    assert baseline_of(sights.models(), sights.requests()) == sights.SONNET
    asked = [structs.replace(sights.requests()[2], model=sights.GPT)] * 2
    assert baseline_of(sights.models(), asked) == sights.GPT


def test_without_an_answer_it_is_the_dearest_and_without_a_price_none() -> None:
    assert baseline_of(sights.models(), ()) == sights.SONNET
    assert baseline_of(sights.models()[:3], ()) == ""


def test_the_newest_day_comes_first_and_other_rows_stay() -> None:
    reports = room_sights.reports()
    days = in_sight(Spent(Grouping(0), reports["day"].rows))
    assert [row.group for row in days] == ["2026-11-18", "2026-11-17", "2026-11-16"]
    assert in_sight(Spent(Grouping(1), reports["model"].rows)) == reports["model"].rows


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("day 4", Wanted("day", 4.0)),
        (" MONTH  $40.50 ", Wanted("month", 40.5)),
        ("day none", Wanted("day", None)),
        ("week 0", Wanted("week", 0.0)),
        ("day +1", Wanted("day", 1.0, adds=True)),
        ("month + $2", Wanted("month", 2.0, adds=True)),
    ],
)
def test_a_budget_that_can_be_read(text: str, wanted: Wanted) -> None:
    assert wanted_of(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "4", "year 4", "day", "day much", "day -1", "day nan", "day inf", "day +none"]
)
def test_a_budget_that_cannot_be_read_is_answered_in_words(text: str) -> None:
    said = wanted_of(text)
    assert isinstance(said, str)
    assert said.endswith(".")


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    wanted = wanted_of(text)
    assert isinstance(wanted, str) or wanted.window in ("day", "week", "month")
