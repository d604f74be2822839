"""Tables of wider wordings: written small, and none that undoes another."""

from __future__ import annotations

from homeport.analysis.sameness import wider_wordings as wider


def test_all_are_written_small() -> None:
    openings = [*wider.ASKED, *wider.WAYS, *wider.WANTED, *wider.ORDERED, *wider.GIVEN]
    words = [word for words in openings for word in words]
    words += [*wider.SAME_WORD, *wider.THINGS, *wider.DOING_TOO, *wider.FORMS, *wider.TOOLS]
    assert [word for word in words if word != word.lower()] == []


def test_what_a_word_stands_for_stands_for_nothing_else() -> None:
    assert not wider.SAME_WORD.keys() & set(wider.SAME_WORD.values())
    assert not wider.BASES & wider.FORMS.keys()


def test_forms_of_verbs() -> None:
    assert wider.FORMS["sank"] == ("sink", "did")
    assert wider.FORMS["goes"] == ("go", "does")
    assert wider.FORMS["depends"] == ("depend", "does")
    assert wider.FORMS["caused"] == ("cause", "did")


def test_the_longest_opening_is_tried_first() -> None:
    for table in (wider.ASKED, wider.WAYS, wider.GIVEN, wider.ORDERED):
        assert [len(words) for words in table] == sorted(map(len, table), reverse=True)
