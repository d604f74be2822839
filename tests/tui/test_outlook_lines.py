"""What was saved, where the month will end, what was dearest."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.outlook_lines import outlook_lines, saved_words
from homeport.tui.words import line_width
from support import room_sights, sights


def page(details: wire.SpendDetails | None, savings: wire.SavingsView | None) -> str:
    lines = outlook_lines(details, savings, 116)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_what_was_saved_names_what_it_is_compared_with_and_assumes() -> None:
    said = page(None, room_sights.savings())
    assert "~$16.20: 2,140 prompts would have cost ~$24.10 at anthropic/claude-sonnet-5" in said
    assert "and cost $7.90" in said
    assert "11 prompts left out" in said
    assert "30 % of the input from caches." in said


def test_more_that_was_spent_is_not_called_saved() -> None:
    more = structs.replace(room_sights.savings(), saved_nano=-10_000_000)
    assert saved_words(more).startswith("~$0.01 more was spent: ")


def test_the_month_and_the_dearest() -> None:
    said = page(room_sights.details(), None)
    assert "2026-11: $7.90 so far, about $11.20 at its end, $0.33 a day" in said
    assert "The mean of its last 14 days." in said
    assert "$0.0213  11-18 14:02  anthropic/claude-sonnet-5 · code · 3c87d1e4" in said
    assert "7f3a2c91 in 2 attempts" in said


def test_what_is_not_told_is_left_out() -> None:
    assert page(None, None) == ""
    unknown = structs.replace(room_sights.details().projection, projected_nano=None)
    said = page(wire.SpendDetails(unknown, ()), structs.replace(room_sights.savings(), prompts=0))
    assert "about" not in said
    assert "SAVED" not in said
    assert "DEAREST" not in said


@pytest.mark.parametrize("width", [44, 60, 116])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    dear = wire.DearRequest("\u202e" * 90, sights.NOW_MS, "模型" * 30, "", "", 3, 10**15, False)
    details = structs.replace(room_sights.details(), dearest=(dear,))
    for line in outlook_lines(details, room_sights.savings(), width):
        assert line_width(line) <= width
