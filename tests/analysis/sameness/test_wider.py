"""Wider wordings: what they take away, what stays, and that no thought is taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.sameness import nearest_in_meaning
from homeport.analysis.sameness.gates import GATES, MOST_READ, disagreement, read_widely
from homeport.analysis.sameness.wordings import BE
from support.near_pairs import HARD, SAME
from support.reworded_pairs import ALONE, FAMILIES, hard, same

README = Path(__file__).parents[3] / "policies/README.md"
LEAST_HARD = 700


def plain(text: str) -> str:
    return " ".join(piece.folded for piece in read_widely(text).pieces)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What's the best way to sort a list using Python?", "how to sort a list in python"),
        ("In Python, how would I sort a list?", "how to sort a list in python"),
        ("I want to sort a list. How do I do that?", "how to sort a list"),
        ("What is the fastest way to sort a list?", "the fastest way to sort a list"),
        ("I'd like to know if Mars is bigger than Venus", "whether is mars larger than venus"),
        ("Is Mars larger than Venus?", "whether is mars larger than venus"),
        ("If Mars is larger, what follows?", "what follows if mars is larger"),
        ("Do you know why the Titanic sank?", "why did the titanic sink"),
        ("Why did the Titanic sink?", "why did the titanic sink"),
        ("I need you to summarize this for me", "summarize this"),
        ("I'd like a short poem about rain", "a short poem about rain"),
        ("Can you give me a summary of Emma?", "summarize emma"),
        ("Do you know a song about rain?", "whether do you know a song about rain"),
        ("Tell me the capital of Peru.", "the capital of peru"),
        ("Which are the main causes?", "the main causes"),
        ("Who did Emma write to, any ideas?", "who did emma write to"),
        ("Repair", "fix"),
        ("Wie alt ist die Erde?", "wie alt ist die erde ?"),
        ("", ""),
    ],
)
def test_what_is_taken_away(text: str, said: str) -> None:
    assert plain(text) == said


@pytest.mark.parametrize(
    "pairs", [hard(0), hard(1), HARD, ALONE], ids=["made on", "held", "", "alone"]
)
def test_no_hard_pair_is_taken_for_one_another(pairs: tuple[tuple[str, str, str], ...]) -> None:
    taken = [pair for pair in pairs if not disagreement(read_widely(pair[1]), read_widely(pair[2]))]
    assert taken == []


def test_the_halves_share_no_family() -> None:
    halves = [{family[1] for family in FAMILIES[part::2]} for part in (0, 1)]
    assert not halves[0] & halves[1]
    both = {*hard(0), *hard(1)}
    assert len(both) == len(hard(0)) + len(hard(1)) >= LEAST_HARD
    assert not {pair[1:] for pair in both} & {pair[1:] for pair in (*same(0), *same(1))}


def test_the_readme_says_how_many_that_say_the_same_are_seen_to() -> None:
    told = README.read_text(encoding="utf-8")
    for pairs in (same(0), same(1), SAME):
        hits = sum(
            not disagreement(read_widely(one), read_widely(other)) for _, one, other in pairs
        )
        assert f"| {hits} of {len(pairs)} |" in told
    for others in (hard(0), hard(1), HARD):
        assert f"| 0 of {len(others)} |" in told


SENTENCES = sorted({text for _, one, other in same(1) for text in (one, other)})


def with_one_letter_more(text: str) -> Iterator[str]:
    for at, letter in enumerate(text):
        if letter.isalpha() and (at + 1 == len(text) or not text[at + 1].isalpha()):
            yield f"{text[:at]}{letter}{letter.lower()}{text[at + 1 :]}"


def with_two_words_swapped(text: str) -> Iterator[str]:
    words = text.split()
    for at in range(len(words) - 1):
        one, other = words[at], words[at + 1]
        if one.casefold() != other.casefold() and not {one.lower(), other.lower()} & BE:
            yield " ".join((*words[:at], other, one, *words[at + 2 :]))


@pytest.mark.parametrize("changed", [with_one_letter_more, with_two_words_swapped])
def test_another_letter_or_another_order_anywhere_is_another_prompt(changed: object) -> None:
    taken = []
    for text in SENTENCES[::2]:
        ours = read_widely(text)
        others = changed(text) if callable(changed) else ()
        taken += [(text, other) for other in others if not disagreement(ours, read_widely(other))]
    assert taken == []


def test_both_witnesses_are_needed() -> None:
    text, way = "How do I sort a list?", "What's the best way to sort a list?"
    others = [("How do I reverse a list?", 0.99), (way, 0.85), (way + " Thanks!", 0.9)]
    assert nearest_in_meaning(text, others, 0.8) == (2, 0.9)
    assert nearest_in_meaning(text, others, 0.95) is None
    assert nearest_in_meaning(text, others[:1], 0.8) is None
    assert nearest_in_meaning("why " * 9_000, others, 0.8) is None
    assert nearest_in_meaning(text, [], 0.8) is None
    crowd = [(f"How do I sort {number} lists?", 0.99) for number in range(2, 2 + MOST_READ)]
    assert nearest_in_meaning(text, [*crowd, *others], 0.8) is None


@given(st.text(max_size=60))
def test_a_text_asks_the_same_as_itself(text: str) -> None:
    ours = read_widely(text)
    assert all(agrees(ours, ours) for _, agrees in GATES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many people die of cancer?", "How do many people die of cancer?"),
        ("Which dogs attacked?", "What did dogs attack?"),
        ("Tell me which dogs attack", "What do dogs attack?"),
        ("When dogs attack", "When do dogs attack?"),
        ("Make a name for myself", "I need a name for myself"),
        ("Give a speech about rain", "Write a speech about rain"),
        ("Do you have a plan for Rome?", "Write a plan for Rome"),
        ("I'm looking for a poem about rain", "Write a poem about rain"),
        ("Do you know the Beatles?", "What are the Beatles?"),
        ("How do you call a friend from Spain?", "How do I call a friend from Spain?"),
        ("Let me know when the shop opens", "When does the shop open?"),
        ("Where is the best shop for coats?", "Where is the best store for coats?"),
    ],
)
def test_what_only_looks_like_a_wording(one: str, other: str) -> None:
    assert disagreement(read_widely(one), read_widely(other))
