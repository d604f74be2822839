"""What is looked at of a long conversation, and how it is cut into words."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.analysis.facts import Turn
from homeport.analysis.focus import HEAD_CHARACTERS, TAIL_CHARACTERS, bounded, focus_of

CALM = settings(deadline=None)


def test_the_last_turn_of_the_person_is_looked_at() -> None:
    turns = [Turn("user", "first"), Turn("assistant", "reply"), Turn("user", "second")]
    assert focus_of(turns).text == "second"
    assert focus_of([Turn("assistant", "alone")]).text == "alone"
    assert focus_of([]).text == ""


def test_words_pairs_and_numbers_are_told_apart() -> None:
    focus = focus_of([Turn("user", "Isn't it 3 o'clock – or 14 - “maybe” 'later'?")])
    assert focus.words == ("isn't", "it", "o'clock", "or", "maybe", "later")
    assert focus.numbers == 2
    assert "isn't it" in focus.head


def test_parts_of_words_with_hyphens_count_too() -> None:
    assert {"python-funktion", "python", "funktion"} <= focus_of(
        [Turn("user", "Python-Funktion")]
    ).all


def test_words_of_other_scripts_are_taken_out_of_unspaced_ones() -> None:
    focus = focus_of([Turn("user", "用Python写12个函数")])
    assert focus.script == "han"
    assert focus.words == ("python",)
    assert focus.numbers == 1


def test_a_long_text_is_read_at_both_ends() -> None:
    text = "begin " + "x" * 100_000 + " end"
    focus = focus_of([Turn("user", text)])
    assert not focus.is_whole
    assert "begin" in focus.head
    assert "end" in focus.tail


@CALM
@given(st.text(max_size=50).map(lambda text: text * 200))
def test_no_more_than_the_bound_is_kept(text: str) -> None:
    assert len(bounded(text)) <= HEAD_CHARACTERS + TAIL_CHARACTERS + 1


@CALM
@given(st.text("ab1-' .\n", max_size=40))
def test_words_are_the_same_beside_a_letter_that_is_not_ascii(text: str) -> None:
    plain, other = (focus_of([Turn("user", f"x {text} x{end}")]) for end in ("", " \u00e9"))
    assert (*plain.words, "\u00e9") == other.words
    assert plain.numbers == other.numbers
    assert plain.has_digits == other.has_digits == ("1" in text)


@pytest.mark.parametrize("count", [1, 23, 24, 25, 36, 37, 60, 61, 90])
def test_the_beginning_and_the_end_hold_words_and_pairs(count: int) -> None:
    words = [f"w-{number}" for number in range(count)]
    found = focus_of([Turn("user", " ".join(words))])
    for terms, part in ((found.head, words[:24]), (found.tail, words[-36:])):
        pairs = {f"{one} {other}" for one, other in pairwise(part)}
        halves = {half for word in part for half in word.split("-")}
        assert terms == pairs | halves | set(part)
    assert found.all == found.head | found.tail | set(words)
