"""A text as pieces: nothing is left out but blanks and the shapes of quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.sameness.pieces import pieces_of


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It's 1,000 km", [("word", "it's"), ("number", "1000"), ("word", "km")]),
        ("-5 to 3.14", [("number", "-5"), ("word", "to"), ("number", "3.14")]),
        ("10km", [("number", "10"), ("word", "km")]),
        ("a != `b==c`", [("word", "a"), ("sign", "!"), ("sign", "="), ("verbatim", "`b==c`")]),
        ("say “No”!", [("word", "say"), ("verbatim", '"No"'), ("sign", "!")]),
        ("see https://a.test/B.", [("word", "see"), ("verbatim", "https://a.test/B")]),
        ("```\nX = 1\n```", [("verbatim", "```\nX = 1\n```")]),
        ("12:30", [("number", "12:30")]),
        ("snake_case GPT4", [("word", "snake_case"), ("word", "gpt4")]),
    ],
)
def test_pieces(text: str, pieces: list[tuple[str, str]]) -> None:
    assert [(piece.kind, piece.folded) for piece in pieces_of(text)] == pieces


@given(st.text())
def test_no_letter_and_no_sign_is_left_out(text: str) -> None:
    kept = sum(not c.isspace() for piece in pieces_of(text) for c in piece.said)
    assert kept >= sum(c.isalnum() for c in text if c.isascii())


@pytest.mark.parametrize("run", ["a__", "a-", "1+", "A.", "--"])
def test_a_run_without_end_is_read_once(run: str) -> None:
    assert "".join(piece.said for piece in pieces_of(run * 5_000)) == run * 5_000
