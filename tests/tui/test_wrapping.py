"""Text that grows, broken into lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from homeport.tui.wrapping import Wrapped

WORDS = st.text(alphabet="ab  \n\t#`界\u202e\x1b\u0301", max_size=200)


def lines(wrapped: Wrapped) -> list[tuple[str, str]]:
    return [wrapped[index] for index in range(len(wrapped))]


def broken(text: str, width: int = 20) -> list[str]:
    wrapped = Wrapped(width)
    wrapped.feed(text)
    return [line for line, _ in lines(wrapped)]


@given(st.lists(WORDS, max_size=8), st.integers(16, 40))
def test_pieces_are_broken_as_the_whole_is(pieces: list[str], width: int) -> None:
    whole, grown = Wrapped(width), Wrapped(width)
    whole.feed("".join(pieces))
    for piece in pieces:
        grown.feed(piece)
    assert lines(grown) == lines(whole)


@given(WORDS, st.integers(2, 40))
def test_no_line_is_wider_than_its_width_or_commands_a_terminal(text: str, width: int) -> None:
    for line in broken(text, width):
        assert cell_len(line) <= width
        assert len(line) <= width
        assert line.isprintable()


def test_words_stay_whole_where_they_fit() -> None:
    assert broken("the sky is blue because air scatters") == [
        "the sky is blue",
        "because air scatters",
    ]


def test_what_is_longer_than_a_line_is_cut() -> None:
    assert broken("a" * 45) == ["a" * 20, "a" * 20, "a" * 5]


def test_code_keeps_its_indent_and_its_role() -> None:
    wrapped = Wrapped(20)
    wrapped.feed("# Title\n```py\nif x:\n\ty = 1\n```\nend")
    assert lines(wrapped) == [
        ("# Title", "strong"),
        ("```py", "muted"),
        ("if x:", "code"),
        ("    y = 1", "code"),
        ("```", "muted"),
        ("end", ""),
    ]


def test_a_megabyte_in_one_line_is_broken() -> None:
    wrapped = Wrapped(80)
    for _ in range(1_000):
        wrapped.feed("word " * 200)
    assert len(wrapped) == 1_000_000 // 80
    assert repr(wrapped) == "Wrapped(12500 lines of 80)"
