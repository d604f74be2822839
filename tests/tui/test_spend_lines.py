"""The Spend page."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.spend_lines import spend_page
from homeport.tui.spending import GROUPS, Grouping, Spent
from homeport.tui.words import line_width
from support import room_sights, sights

BY = {name: Grouping(index) for index, (name, _) in enumerate(GROUPS)}


def spent(name: str) -> Spent:
    report = room_sights.reports()[BY[name].by]
    return Spent(BY[name], report.rows, total=report.total)


def page(
    told: Spent | None, view: wire.SpendView | None = None, width: int = 116, height: int = 28
) -> str:
    grouping = told.grouping if told else Grouping()
    view = view or room_sights.held_spend()
    lines = spend_page(view, grouping, told, "", width, height)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_budgets_say_what_is_spent_reserved_and_left() -> None:
    said = page(spent("model"))
    assert "$0.43 of $2.00 spent · $0.21 reserved · $1.36 left · until 00:00" in said
    assert "$7.90 of $20.00 spent · $12.10 left · until 2026-12-01" in said
    assert "86 at home for nothing · 12 in the cloud · 3 at an estimated price" in said
    assert "20% of the answers from the cloud are wanted; 12% of the last ones" in said
    assert "client editor, a week: $0.40 of $5.00 spent · $4.60 left · until 2026-11-18" in said
    assert "█▒" in said


def test_what_is_certain_and_what_is_estimated_are_told_apart() -> None:
    row = next(line for line in page(spent("model")).splitlines() if sights.SONNET in line)
    assert row.split()[:7] == [
        sights.SONNET,
        "96",
        "812,400",
        "61,200",
        "$4.71",
        "~$0.41",
        "~$5.12",
    ]
    assert row.endswith("▒")


def test_the_sum_is_the_last_row() -> None:
    assert page(spent("model")).splitlines()[-1].split()[:2] == ["all", "2,151"]


def test_attempts_are_called_attempts() -> None:
    assert "attempts" in page(spent("model"), width=60)
    assert "attempts" not in page(spent("task"))


def test_tags_overlap_and_what_is_not_told_is_one_row() -> None:
    rows = tuple(wire.SpendRow(tag, 1, 10, 5, 10**9, 0, attempts=1) for tag in "ab")
    total = wire.SpendRow("", 2, 30, 15, 3 * 10**9, 0, attempts=2)
    for told in (rows, ()):
        lines = page(Spent(BY["tag"], told, total=total)).splitlines()
        assert lines[-2].split()[:2] == ["all", "2"]
        assert lines[-1] == "A prompt with several tags is under each, one without any under none."
    rest = wire.SpendRow("", 4, 40, 20, 7 * 10**9, 0, attempts=5)
    whole = room_sights.total(*rows, rest)
    lines = page(Spent(BY["task"], rows, total=whole, rest=rest)).splitlines()
    said = [line.split() for line in lines[-2:]]
    assert [(line[0], line[1]) for line in said] == [("others", "4"), ("all", "6")]
    assert "$7.00" in said[0]
    assert said[1][-1] == "$9.00"


def test_a_caller_without_a_name_is_called_so() -> None:
    assert "unnamed " in page(spent("caller"))


@pytest.mark.parametrize("name", BY)
def test_the_chosen_grouping_is_marked_without_colour(name: str) -> None:
    said = page(Spent(BY[name], ()))
    assert f"[{name}]" in said
    assert "Nothing was asked in this time." in said


def test_before_the_answer_and_without_one() -> None:
    assert "Asking the daemon" in page(None)
    view = room_sights.held_spend()
    lines = spend_page(view, Grouping(), None, "The daemon drains.", 80, 20)
    assert ("The daemon drains.", "bad") in lines[-1]
    kept = spend_page(view, BY["model"], spent("model"), "The daemon drains.", 80, 20)
    assert [("The daemon drains.", "bad")] in kept
    assert any("qwen3:14b" in text for line in kept for text, _ in line)


def test_without_a_limit_or_a_window() -> None:
    day, month = sights.spend().windows
    view = wire.SpendView(windows=(structs.replace(day, limit_nano=None), month))
    assert "today    $0.43 spent, no limit" in page(None, view)
    assert "none is set; b sets one" in page(None, wire.SpendView())


@pytest.mark.parametrize("limit", [0, 1, 430_000_000])
def test_a_spent_budget_has_nothing_left(limit: int) -> None:
    day, _ = sights.spend().windows
    view = wire.SpendView(windows=(structs.replace(day, limit_nano=limit),))
    assert "nothing left" in page(None, view)


def test_the_pace_of_money() -> None:
    view = wire.SpendView(paces=(wire.PaceView("money", 950_000_000.0, None, 0.1),))
    assert "$0.95 a day is left for the rest of the month" in page(None, view)


@pytest.mark.parametrize("width", [44, 56, 76, 116])
@pytest.mark.parametrize("height", [8, 28])
def test_no_line_is_wider_than_the_page(width: int, height: int) -> None:
    hostile = wire.SpendRow("模型\x1b[31m\u202e" * 9, 10**12, 10**15, 10**15, 10**18, 10**17)
    for told in (None, spent("model"), spent("caller"), Spent(BY["tag"], (hostile, hostile))):
        lines = spend_page(room_sights.held_spend(), BY["tag"], told, "", width, height)
        for line in lines:
            assert line_width(line) <= width
