"""Text as it can be shown: whole characters, stop sequences, logprobs with their text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine.text_flow import TextFlow


def shown(flow: TextFlow, pieces: list[bytes]) -> list[str]:
    """What is shown after each piece, and at the end."""
    texts = []
    for piece in pieces:
        flow.push(piece, TokenLogprob("t", -1.0))
        if taken := flow.take():
            texts.append(taken[0])
        if flow.stopped:
            break
    flow.end()
    if taken := flow.take():
        texts.append(taken[0])
    return texts


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """The bytes in pieces of these sizes, over and over."""
    pieces, at = [], 0
    while at < len(data):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(data[at : at + size])
        at += size
    return pieces


cut_sizes = st.lists(st.integers(1, 5), min_size=1, max_size=6)


@given(text=st.text(alphabet="aé港🚢\n", max_size=30), cuts=cut_sizes)
def test_characters_are_never_split(text: str, cuts: list[int]) -> None:
    texts = shown(TextFlow(), split(text.encode(), cuts))
    assert "".join(texts) == text
    assert "\ufffd" not in "".join(texts)


def test_a_character_waits_for_its_last_token() -> None:
    flow = TextFlow()
    for piece in (b"\xf0\x9f", b"\x9a"):
        flow.push(piece)
        assert flow.take() is None
    flow.push(b"\xa2!")
    assert flow.take() == ("🚢!", 3, ())


def test_bytes_that_are_no_text_are_replaced_at_the_end() -> None:
    assert "".join(shown(TextFlow(), [b"a", b"\xf0\x9f"])) == "a\ufffd"
    assert "".join(shown(TextFlow(), [b"a\xff", b"b"])) == "a\ufffdb"


@given(
    text=st.text(alphabet="abc", max_size=30),
    stops=st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=3),
    cuts=cut_sizes,
)
def test_the_first_stop_ends_the_text(text: str, stops: list[str], cuts: list[int]) -> None:
    flow = TextFlow(stops)
    result = "".join(shown(flow, split(text.encode(), cuts)))
    assert not any(stop in result for stop in stops)
    assert text.startswith(result)
    assert flow.stopped == any(stop in text for stop in stops)
    if not flow.stopped:
        assert result == text


def test_what_may_become_a_stop_sequence_waits() -> None:
    flow = TextFlow(("END",))
    flow.push(b"so E")
    assert flow.take() == ("so ", 1, ())
    flow.push(b"N")
    assert flow.take() is None
    flow.push(b"E.")
    assert flow.take() == ("ENE.", 2, ())


def test_tokens_and_logprobs_travel_with_their_text() -> None:
    flow = TextFlow(("##",))
    first, second = TokenLogprob("#", -1.0), TokenLogprob("x", -2.0)
    flow.push(b"#", first)
    assert flow.take() is None
    flow.push(b"x", second)
    assert flow.take() == ("#x", 2, (first, second))


def test_an_expected_start_is_skipped_where_it_comes() -> None:
    assert "".join(shown(TextFlow(skip=" "), [b" Paris", b" is"])) == "Paris is"
    assert "".join(shown(TextFlow(skip=" "), [b".", b" And"])) == ". And"
    assert "".join(shown(TextFlow(skip="  "), [b" ", b" x"])) == "x"
    assert "".join(shown(TextFlow(skip="  "), [b" ", b"x"])) == "x"


def test_empty_stop_sequences_mean_nothing() -> None:
    assert "".join(shown(TextFlow(("",)), [b"abc"])) == "abc"
