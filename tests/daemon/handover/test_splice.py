"""Two halves of an answer become one: nothing twice, nothing lost, no letter divided."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Message, Prompt, Text
from homeport.daemon.handover.graphemes import is_boundary
from homeport.daemon.handover.splice import (
    SURE,
    WINDOW,
    Splice,
    asked_to_go_on,
    overlap,
    tail_of,
)

LETTERS = st.sampled_from([*"abcdefgh ABCDé.,\n", "e\u0301", "👩\u200d👧", "🇫🇷", "한", "中"])
TEXTS = st.lists(LETTERS, max_size=120).map("".join)
WORDS = st.lists(st.integers(0, 10**6).map(lambda n: f"word{n}é"), min_size=1, max_size=60)


def joined(sent: str, said: str, sizes: list[int] | None = None) -> str:
    """What the caller gets behind `sent`, where `said` comes in pieces of these sizes."""
    splice, new, at = Splice(sent), "", 0
    for size in sizes or [3]:
        new += splice.feed(said[at : at + size])
        at += size
    return new + splice.feed(said[at:]) + splice.end()


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, st.data())
def test_what_is_repeated_as_it_was_asked_for_is_taken_off(
    first: list[str], second: list[str], data: st.DataObject
) -> None:
    whole = " ".join([*first, *second])
    cut = data.draw(st.integers(1, len(whole) - 1))
    sent, rest = whole[:cut], whole[cut:]
    sizes = data.draw(st.lists(st.integers(1, 30), max_size=8))
    lead = data.draw(st.sampled_from(["", "…", '"', " "]))
    said = lead + tail_of(sent).rstrip() + sent[len(sent.rstrip()) :] + rest
    assert sent + joined(sent, said, sizes) == whole


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.integers(1, 30), max_size=8))
def test_how_it_comes_in_pieces_changes_nothing(sent: str, said: str, sizes: list[int]) -> None:
    new = joined(sent, said, sizes)
    assert new == joined(sent, said, [1] * len(said)) == joined(sent, said, [len(said) or 1])
    assert said.endswith(new)
    start = len(said) - len(new)
    assert is_boundary(said, start) or sent.endswith("\u200d")


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_only_what_ends_the_one_and_begins_the_other_is_an_overlap(sent: str, said: str) -> None:
    length = overlap(sent, said)
    assert said.startswith(sent[len(sent) - length :])
    if sent.strip() and len(set(sent)) > SURE:
        assert overlap(sent, sent + said) >= len(sent[-WINDOW:]) - 1


@pytest.mark.parametrize(
    ("sent", "said", "new"),
    [
        ("The capital of France is", " Paris.", " Paris."),
        ("The capital of Fra", "nce is Paris.", "nce is Paris."),
        ("The capital of Fra", "France is Paris.", "nce is Paris."),
        ("The capital of France is", "Sure! The capital of France is Paris.", " Paris."),
        ("The capital of France is", "capital of France is Paris.", " Paris."),
        ("One sentence. ", "One sentence. Two.", "Two."),
        ("w1 w2 w1", "1 w12", "1 w12"),
        ("He had", " had enough.", " had enough."),
        ("| --- | ---", " --- | --- |", " --- | --- |"),
        ("1111", "1112", "1112"),
        ("", "All of it.", "All of it."),
        ("Over the\nlazy dog ran", "over the Over the lazy dog ran home.", " home."),
        ("family: 👩\u200d", "family: 👩\u200d👧!", "👧!"),
    ],
)
def test_sentences_of_people(sent: str, said: str, new: str) -> None:
    assert joined(sent, said) == new


def test_a_model_that_says_it_all_again_is_waited_for_to_the_seam() -> None:
    sent = " ".join(f"word{number}" for number in range(100))
    assert joined(sent, f"{sent} and more.", [5] * 200) == " and more."


def test_the_rest_passes_without_delay_behind_the_seam() -> None:
    splice = Splice("The capital of France is")
    assert splice.feed("The capital of France is P") == " P"
    assert splice.feed("aris") == "aris"
    assert splice.end() == ""


def test_the_model_is_shown_the_answer_and_told_which_words_to_repeat() -> None:
    prompt = Prompt(messages=(Message("user", (Text("Why?"),)),), raw=b"{}")
    sent = "Because of the way that light is scattered by the air, which is"
    asked = asked_to_go_on(prompt, sent, "As JSON.")
    assert [message.role for message in asked.messages] == ["user", "assistant", "user"]
    assert asked.messages[1].text == sent
    assert f"<<<{tail_of(sent)}>>>\nAs JSON." in asked.messages[2].text
    assert sent.endswith(tail_of(sent))
    assert asked.raw == b""
