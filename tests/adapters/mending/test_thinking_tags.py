"""Reasoning between tags: told apart at any boundary of pieces, never where it is talked about."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.mending.thinking_tags import (
    TAGS,
    Piece,
    ThinkingSplitter,
    often_opened,
    possible_start,
    tag_left_open,
)


def split(
    pieces: list[str], opened: str = "", *, guessed: bool = False, cut: bool = False
) -> tuple[str, str]:
    """Reasoning and answer."""
    splitter = ThinkingSplitter(opened, guessed=guessed)
    out: list[Piece] = []
    for piece in pieces:
        out += splitter.feed(piece)
    out += splitter.end(cut=cut)
    assert all(text for _, text in out)
    return tuple(
        "".join(text for kind, text in out if kind == wanted) for wanted in ("thinking", "text")
    )  # type: ignore[return-value]


def cuts(text: str) -> st.SearchStrategy[list[str]]:
    """The text in pieces of any size."""

    def at(places: list[int]) -> list[str]:
        bounds = [0, *sorted(places), len(text)]
        return [text[a:b] for a, b in itertools.pairwise(bounds)]

    return st.lists(st.integers(0, len(text)), max_size=len(text)).map(at)


HARMONY = (
    "<|channel|>analysis<|message|>They greet me.<|end|><|start|>assistant"
    "<|channel|>final<|message|>Hello <b>!<|return|>"
)

CASES = [
    ("<think>\nhm</think>\n\nYes.", "hm", "Yes."),
    ("  <thinking>a < b</thinking>c", "a < b", "c"),
    ("<reasoning>one</reasoning><think>two</think>three", "onetwo", "three"),
    ("\u25c1think\u25b7x\u25c1/think\u25b7y", "x", "y"),
    ("[THINK]x[/THINK]y", "x", "y"),
    ("Plain <think>not</think> at the start.", "", "Plain <think>not</think> at the start."),
    ("`<think>` opens reasoning.", "", "`<think>` opens reasoning."),
    ("```xml\n<think>a</think>\n```", "", "```xml\n<think>a</think>\n```"),
    ("<thin ice> is thin", "", "<thin ice> is thin"),
    ("<think>a</think>b <think>c</think>", "a", "b <think>c</think>"),
    (HARMONY, "They greet me.", "Hello <b>!"),
    ("<|start|>assistant<|channel|>final<|message|>Hi", "", "Hi"),
    ("", "", ""),
    ("  \n", "", "  \n"),
]


@pytest.mark.parametrize(("answer", "thought", "text"), CASES)
def test_an_answer_is_told_apart(answer: str, thought: str, text: str) -> None:
    assert split([answer]) == (thought, text)
    assert split(list(answer)) == (thought, text)


@given(data=st.data(), case=st.sampled_from(CASES))
def test_boundaries_of_pieces_change_nothing(
    data: st.DataObject, case: tuple[str, str, str]
) -> None:
    answer, thought, text = case
    assert split(data.draw(cuts(answer))) == (thought, text)


@given(
    tag=st.sampled_from(sorted(TAGS)),
    thought=st.text(alphabet="ab <>/\n`", max_size=12),
    answer=st.text(alphabet="xy <>/\n`", min_size=1, max_size=12),
    data=st.data(),
)
def test_no_word_is_lost(tag: str, thought: str, answer: str, data: st.DataObject) -> None:
    whole = f"{tag}{thought}{TAGS[tag]}{answer}"
    reasoned, said = split(data.draw(cuts(whole)))
    assert reasoned == thought.lstrip("\n") or reasoned.lstrip("\n") == thought.lstrip("\n")
    assert said == answer.lstrip() or not answer.strip()


@given(text=st.text(alphabet="<>think/|`[] \n", max_size=30), data=st.data())
def test_any_text_comes_out_the_same_however_it_is_cut(text: str, data: st.DataObject) -> None:
    assert split(data.draw(cuts(text))) == split([text])


def test_a_call_in_a_channel_is_handed_on() -> None:
    call = "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>"
    whole = f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant{call}"
    assert split(list(whole)) == ("hm", call)


def test_a_tag_that_the_prompt_opened() -> None:
    assert tag_left_open("…assistant\n<think>\n") == "<think>"
    assert tag_left_open("…assistant\n") == ""
    assert split(["hm</th", "ink>yes"], "<think>") == ("hm", "yes")
    assert split(["hm"], "<think>", cut=True) == ("hm", "")


def test_a_guess_that_was_wrong_loses_no_answer() -> None:
    assert often_opened("DeepSeek-R1-Distill-Qwen-7B")
    assert often_opened("qwen3-30b-thinking")
    assert not often_opened("qwen3-8b")
    assert split(["a", "b"], "<think>", guessed=True) == ("", "ab")
    assert split(["a", "b"], "<think>", guessed=True, cut=True) == ("ab", "")
    assert split(list("<think>a</think>b"), "<think>", guessed=True) == ("a", "b")
    assert split(list("a</think>b"), "<think>", guessed=True) == ("a", "b")


def test_it_says_when_nothing_can_follow_but_text() -> None:
    splitter = ThinkingSplitter()
    assert not splitter.settled
    assert splitter.feed("Hel") == [("text", "Hel")]
    assert splitter.settled
    assert repr(splitter) == "ThinkingSplitter(text, 0 held)"


def test_words_of_an_endless_header_are_text() -> None:
    words = "<|channel|>" + "x" * 300
    assert split([words]) == ("", words)


def test_what_may_become_a_mark() -> None:
    assert possible_start("a<th", ("<think>",)) == 3
    assert possible_start("a<tx", ("<think>",)) == 0
