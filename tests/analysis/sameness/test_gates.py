"""Whether two prompts say the same: gate by gate, and what may be put in other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.sameness import GATES, nearest, plainest, same
from homeport.analysis.sameness.gates import read

SAME = [
    ("What is the capital of France?", "what's the capital of france"),
    ("Could you please tell me what the capital of France is?", "What is the capital of France?"),
    ("What is France's capital?", "What is the capital of France?"),
    ("In Python, how do I reverse a list?", "How can I reverse a list in Python?"),
    ("Explain how photosynthesis works.", "How does photosynthesis work?"),
    ("Write me a poem about two cats, please.", "Write a poem about 2 cats"),
    ("Hi! Could you summarise this: a b c", "Summarize this: a b c"),
    ("I'm wondering who wrote Hamlet", "Who wrote Hamlet?"),
    ("Wie alt ist die Erde?", "Wie alt ist die Erde, bitte?"),
    ("What does twenty-five percent of 80 come to?", "What does 25 percent of 80 come to?"),
    ("Who wrote `a == b`?", "who wrote `a == b`"),
    ("“Quoted” is what?", '"Quoted" is what?'),
]
OTHER = [
    ("language", "Ist das Hotel in Hamburg oder Bremen", "Is the Hotel in Hamburg or Bremen"),
    ("code", "What does `a == b` do in this code?", "What does `a != b` do in this code?"),
    ("code", "Call me Ishmael and go on from there", "Call me, Ishmael and go on from there"),
    ("numbers", "How many days are there in 3 weeks?", "How many days are there in 4 weeks?"),
    ("names", "What is the capital of Austria?", "What is the capital of Australia?"),
    ("negation", "Which of these birds can fly?", "Which of these birds can not fly?"),
    ("words", "What happened before the war?", "What happened after the war?"),
    ("words", "Does the dog chase the cat?", "Does the cat chase the dog?"),
    ("words", "How do I look?", "How do you look?"),
    ("words", "Who is Mark?", "who is mark"),
    ("words", "What is US law on this?", "what is us law on this?"),
    ("code", "Who's eaten the cake?", "Who is eaten the cake?"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_says_the_same_agrees_at_every_gate(one: str, other: str) -> None:
    assert same(one, other).gate == same(other, one).gate == ""
    assert same(one, other).is_same


@pytest.mark.parametrize(("gate", "one", "other"), OTHER)
def test_what_says_something_else_is_stopped_by_a_gate(gate: str, one: str, other: str) -> None:
    found = same(one, other)
    assert found == same(other, one)
    assert found.gate == gate


def test_very_long_texts_are_not_compared() -> None:
    long = "word " * 5000
    assert same(long, long).gate == "length"


def test_what_agrees_has_to_look_alike_too() -> None:
    assert same("What is π?", "Could you please tell me what π is? Thank you!").gate == "alike"


def test_of_several_the_most_alike_is_found() -> None:
    others = ["What is it not?", "Please tell me what it is", "what is it", "x" * 30_000]
    found = nearest("What is it?", others)
    assert found is not None
    assert found[0] == 2
    assert found[1] == same("What is it?", "what is it").similarity
    assert nearest("What was it?", others) is None
    assert nearest("x" * 30_000, others) is None


@given(st.text(max_size=60))
def test_a_text_says_the_same_as_itself(text: str) -> None:
    ours = read(text)
    assert all(agrees(ours, ours) for _, agrees in GATES)


@given(st.text(max_size=40), st.text(max_size=40))
def test_either_way_round_is_one_answer(one: str, other: str) -> None:
    assert same(one, other).gate == same(other, one).gate


def test_a_text_that_is_too_long_to_be_compared_is_not_reworded() -> None:
    short, long = "Could you please tell me what a harbour is?", "please " * 100_000
    assert plainest(short) != short
    assert plainest(long) == long
    assert same(long, long).gate == "length"
