"""The plainest text that says the same, and what is left as it is."""

from __future__ import annotations

import pytest

from homeport.analysis.sameness.pieces import pieces_of
from homeport.analysis.sameness.rewording import reworded, without_courtesy


def plain(text: str) -> str:
    return " ".join(piece.folded for piece in reworded(pieces_of(text)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello there, what's the time?", "what the time is"),
        ("Who's eaten my cake?", "who's eaten my cake ?"),
        ("Could you show me a list? Thanks!", "show a list"),
        ("Can you swim?", "can you swim ?"),
        ("Please.", "please"),
        ("How does one sort a list", "how to sort a list"),
        ("How do I feel", "how do i feel"),
        ("What does entropy mean?", "what entropy means"),
        ("Germany's president", "the president of germany"),
        ("Germany's picture", "germany's picture"),
        ("In 1990, who was born?", "who born in 1990 was"),
        ("In March, what did he say happened?", "in march , what did he say happened ?"),
        ("one twenty thirty-five", "one 20 35"),
        ("You know it?", "you know it ?"),
        ("", ""),
    ],
)
def test_rewording(text: str, said: str) -> None:
    assert plain(text) == said


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "Bitte, wie alt ist sie?", "wie alt ist sie ?"),
        ("fr", "Qui est-ce, s'il vous plaît", "qui est - ce"),
        ("sv", "Tack vem är det", "tack vem är det"),
    ],
)
def test_other_languages_lose_their_courtesies_alone(language: str, text: str, said: str) -> None:
    pieces = without_courtesy(pieces_of(text), language)
    assert " ".join(piece.folded for piece in pieces) == said
