"""From the text of a policy file to a book, or to problems with their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.config.errors import ConfigError
from homeport.daemon.shelf.book_file import book_of, problems_of
from homeport.daemon.shelf.shelf import shipped

TWO = """\
[[rule]]
name = "a"
when = { task = "code" }
then = { place = "local" }

[[rule]]
name = "b"
when = { task = "code" }
then = { place = "cloud" }
"""


def test_a_problem_has_its_line_key_and_nearest_word() -> None:
    with pytest.raises(ConfigError) as wrong:
        book_of(TWO.replace('"cloud"', '"clout"'), "mine", "mine.toml")
    (problem,) = wrong.value.problems
    assert (problem.line, problem.key, problem.nearest) == (9, "rule.1.then.place", "cloud")
    assert wrong.value.sentence == (
        'mine.toml, line 9: `rule.then.place` cannot be "clout". Did you mean "cloud"?'
    )


def test_what_makes_no_sense_is_found_and_still_read() -> None:
    assert len(book_of(TWO, "mine", "mine.toml").rules) == 2
    (problem,) = problems_of(TWO, "mine", "mine.toml")
    assert problem.line == 9
    assert "contradicts `a`" in problem.sentence


@pytest.mark.parametrize("name", sorted(shipped()))
def test_nothing_is_wrong_with_what_is_shipped(name: str) -> None:
    assert problems_of(shipped()[name].text, name, name) == ()


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    for problem in problems_of(text, "mine", "mine.toml", ()):
        assert problem.sentence
