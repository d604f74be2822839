"""Tables of wordings: written small, and none that would be read twice."""

from __future__ import annotations

from homeport.analysis.sameness import wordings


def test_all_are_written_small() -> None:
    words = [
        *wordings.APART, *wordings.ONE_WORD, *wordings.DIGITS, *wordings.TENS,
        *wordings.ORDERS, *wordings.DOING, *wordings.OF, *wordings.ALSO_COMMON,
    ]  # fmt: skip
    assert [word for word in words if word != word.lower()] == []


def test_what_a_word_stands_for_stands_for_nothing_else() -> None:
    assert not wordings.ONE_WORD.keys() & set(wordings.ONE_WORD.values())
    assert not wordings.APART.keys() & wordings.ONE_WORD.keys()


def test_numbers_in_words() -> None:
    assert wordings.DIGITS["seventeen"] == "17"
    assert wordings.TENS["ninety"] == 90
    assert wordings.UNITS["nine"] == 9
    assert "one" not in wordings.DIGITS
