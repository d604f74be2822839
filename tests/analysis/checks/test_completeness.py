"""How much of what was asked is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.completeness import (
    LENGTH,
    PARTS,
    WHOLE,
    Asked,
    asked_of,
    completeness,
    words_of,
)


@pytest.mark.parametrize(
    ("prompt", "parts", "words"),
    [
        ("What is the capital of Australia?", 1, 1),
        ("Who was she? When was she born? Where did she live?", 3, 1),
        ("Give me five reasons to learn Greek.", 5, 1),
        ("List 12 tips for a quiet night.", 12, 1),
        ("Nenne drei Gründe für den Umzug.", 3, 1),
        ("Do this:\n1. Summarise\n2. Translate\n3. Draft a letter", 3, 1),
        ("Write 200 words about bees.", 1, 200),
        ("Explain it in 4 sentences.", 1, 24),
        ("", 1, 1),
    ],
)
def test_what_is_asked(prompt: str, parts: int, words: int) -> None:
    assert asked_of(prompt) == Asked(parts=parts, words=words)


THREE = Asked(parts=3)


@pytest.mark.parametrize(
    ("answer", "asked", "finish", "value"),
    [
        ("1. one\n2. two\n3. three", THREE, "stop", 1.0),
        ("- one\n- two", THREE, "stop", PARTS * 2 / 3 + LENGTH + WHOLE),
        ("It was her. She was born in May. She lived here.", THREE, "stop", 1.0),
        ("Canberra.", Asked(), "stop", 1.0),
        ("Canberra.", Asked(), "length", PARTS + LENGTH),
        ("five words are not enough", Asked(words=50), "stop", PARTS + LENGTH / 10 + WHOLE),
        ("", Asked(), "stop", 0.0),
        ("I'm sorry, but I can't help with that.", Asked(), "stop", 0.0),
    ],
)
def test_how_complete_it_is(answer: str, asked: Asked, finish: str, value: float) -> None:
    assert completeness(answer, asked, finish=finish) == pytest.approx(value)


def test_a_marked_refusal_is_nothing() -> None:
    assert completeness("Canberra.", Asked(), flagged=True) == 0


def test_scripts_without_blanks_have_words() -> None:
    assert words_of("\u6fb3\u5927\u5229\u4e9a\u7684\u9996\u90fd") >= 3


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["stop", "length", ""]))
def test_it_is_a_share(prompt: str, answer: str, finish: str) -> None:
    assert 0 <= completeness(answer, asked_of(prompt), finish=finish) <= 1


@given(st.integers(1, 12), st.integers(1, 12))
def test_more_parts_are_never_less_complete(asked: int, given_parts: int) -> None:
    fewer, more = (
        completeness("\n".join(f"{n}. part" for n in range(1, count + 1)), Asked(parts=asked))
        for count in (given_parts, given_parts + 1)
    )
    assert fewer <= more
