"""Tokens, and bodies in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.lab.nouns import Answer, Frames, compact, sliced, tokens_of


@given(st.text())
def test_tokens_are_the_text(text: str) -> None:
    assert "".join(tokens_of(text)) == text


def test_a_word_with_the_space_before_it_is_a_token() -> None:
    assert tokens_of("one two\n three ") == ("one", " two", "\n three", " ")


@given(st.binary(max_size=200), st.integers(0, 30))
def test_pieces_are_the_body(body: bytes, pieces: int) -> None:
    frames = sliced("application/json", body, pieces)
    assert frames.whole == body
    assert len(frames.tokens) == max(1, pieces)
    assert not frames.streamed


def test_an_answer_knows_its_text() -> None:
    answer = Answer(thinking=("a", " b"), text=("c", " d"))
    assert (answer.whole_thinking, answer.whole_text) == ("a b", "c d")


def test_frames_are_one_body() -> None:
    frames = Frames(content_type="x", opening=b"1", tokens=(b"2", b"3"), ending=b"4")
    assert frames.whole == b"1234"


def test_json_is_compact_and_readable() -> None:
    assert compact({"a": ["é", 1]}) == '{"a":["é",1]}'.encode()
