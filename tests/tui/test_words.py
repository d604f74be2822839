"""Pieces of text that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from homeport.tui import words


@given(st.text(), st.integers(0, 40))
def test_a_column_is_exactly_as_wide_as_it_was_asked_to_be(text: str, width: int) -> None:
    assert cell_len(words.left(text, width)) == width
    assert cell_len(words.right(text, width)) == width
    assert cell_len(words.crop(text, width)) <= width


def test_what_stands_between_dots_is_broken_only_where_it_has_no_row() -> None:
    said = [line[0][0] for line in words.wrapped("1.5s · 40 tokens, 30/s · $0", 16, "")]
    assert said == ["1.5s", "40 tokens, 30/s", "$0"]
    long = [line[0][0] for line in words.wrapped("1.5s · the connection to it broke · $0", 24, "")]
    assert long == ["1.5s", "the connection to it", "broke", "$0"]


@given(st.text())
def test_control_characters_never_reach_the_terminal(text: str) -> None:
    cleaned = words.crop(text + "\x1b[31m\n", 200)
    assert "\x1b" not in cleaned
    assert "\n" not in cleaned


@given(st.text())
def test_marks_that_turn_a_line_round_never_reach_the_terminal(text: str) -> None:
    assert words.clean(text + "\u202e\u2066\u200f\ufeff\u2028").isprintable()


@given(st.text(), st.integers(16, 60))
def test_a_wrapped_sentence_stays_in_its_width(text: str, width: int) -> None:
    assert all(words.line_width(line) <= width for line in words.wrapped(text, width, ""))


@given(st.text())
def test_ascii_takes_the_same_room(text: str) -> None:
    text = words.clean(text)
    plain = words.in_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text)


def test_a_cut_is_visible() -> None:
    assert words.crop("needs 64k context", 9) == "needs 64…"
    assert words.crop("exactly", 7) == "exactly"


def test_borders_and_signs_in_ascii() -> None:
    assert words.in_ascii("● 3 local · cloud→local ▸ café …") == "* 3 local | cloud>local > cafe ."


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, ""),
        (0, "0ms"),
        (-5, "0ms"),
        (412, "412ms"),
        (999, "999ms"),
        (1_900, "1.9s"),
        (9_949, "9.9s"),
        (9_950, "10s"),
        (99_499, "99s"),
        (125_000, "2m05s"),
        (3_600_000, "60m00s"),
        (12_000_000, "3h20m"),
        (900_000_000, "250h00m"),
    ],
)
def test_durations(ms: int | None, text: str) -> None:
    assert words.took(ms) == text


def test_durations_that_grow_have_no_fractions() -> None:
    assert words.running_for(9_999) == "9s"
    assert words.running_for(-3) == "0s"
    assert words.running_for(125_000) == "2m05s"


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "$0.00"),
        (430_000_000, "$0.43"),
        (2_000_000_000, "$2.00"),
        (1, "<$0.01"),
        (5_000_000, "$0.01"),
    ],
)
def test_sums_are_in_cents(nano: int, text: str) -> None:
    assert words.total(nano) == text


def test_counts() -> None:
    assert words.count(1, "prompt") == "1 prompt"
    assert words.count(12_000, "prompt") == "12,000 prompts"


def test_a_model_without_its_provider() -> None:
    assert words.model_name("ollama/qwen3:14b") == "qwen3:14b"
    assert words.model_name("bare") == "bare"


def test_items_are_not_broken_where_they_fit_on_a_line() -> None:
    lines = words.wrapped_items(["quality +0.47", "place +0.30", "a"], 20, "", "  ")
    assert lines == [[("  quality +0.47", "")], [("  place +0.30  a", "")]]
    assert words.wrapped_items([], 20, "") == []


def test_a_sentence_is_wrapped_behind_its_indent() -> None:
    lines = words.wrapped("one two three four five", 18, "warn", "  ")
    assert lines == [[("  one two three", "warn")], [("  four five", "warn")]]
    assert words.wrapped("", 18, "") == [[("", "")]]
