"""What is looked at of a long conversation, and how it is cut into words."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

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
