"""How a filter is read, whatever it is a filter of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.tui.filter_words import FilterWords

WORDS = FilterWords[int](
    lambda word: lambda number: word in str(number),
    {"$": (100, lambda number: number), "k": (1_000, lambda number: number or None)},
    ">$1 or <2k",
)


def admitted(text: str) -> list[int]:
    return [number for number in (0, 7, 170, 1_700) if WORDS.matcher(text)(number)]


def test_every_word_must_hold_and_a_minus_turns_it() -> None:
    assert admitted("") == [0, 7, 170, 1_700]
    assert admitted("17 -00") == [170]
    assert admitted("--17") == admitted("17") == [170, 1_700]


def test_a_bound_has_the_scale_of_its_unit_and_an_unknown_measure_no_side() -> None:
    assert admitted(">$1") == [170, 1_700]
    assert admitted("<1k") == [7, 170]
    assert admitted("->$1.7") == [0, 7, 170]


def test_a_bound_of_no_known_unit_hides_nothing_and_says_so() -> None:
    for word in (">5", ">$5k", "<5m", "<", "-"):
        assert admitted(word) == admitted("-" + word) == [0, 7, 170, 1_700]
    assert WORDS.complaint("7 -->5") == ">5 hides nothing: write >$1 or <2k"
    assert WORDS.complaint("7 >$5 - -<2k") == ""


@given(st.text(max_size=12), st.integers(min_value=0))
def test_a_word_and_its_opposite_share_all_or_hide_the_same(word: str, number: int) -> None:
    for each in word.split():
        sides = {WORDS.matcher(each)(number), WORDS.matcher("-" + each)(number)}
        assert sides == {True, False} or sides == {True}
