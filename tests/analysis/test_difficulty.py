"""The parts of the difficulty, and the names of its bands."""

from __future__ import annotations

from homeport.analysis.difficulty import BASE, level_of
from homeport.analysis.facts import Facts, Turn
from homeport.analysis.measure import measure
from homeport.analysis.task import TASKS


def difficulty(text: str, **facts: object) -> int:
    return measure([Turn("user", text)], facts=Facts(**facts)).difficulty  # type: ignore[arg-type]


def test_every_task_has_a_base() -> None:
    assert set(BASE) == set(TASKS)


def test_bands_cover_the_scale_in_order() -> None:
    names = [level_of(number) for number in range(101)]
    assert list(dict.fromkeys(names)) == ["basic", "intermediate", "advanced", "expert"]


def test_deep_subjects_conditions_formulas_and_tools_add() -> None:
    plain = difficulty("Tell me about the sea.")
    assert difficulty("Tell me about quantum entropy.") > plain
    assert difficulty("Tell me about the sea. It must rhyme, without the letter e.") > plain
    assert difficulty("Tell me about the sea.", tools=5) > plain
    question = "What about this: $x$"
    assert difficulty(question + r" and $\int \frac{x}{2} = 3^2$") > difficulty(question)


def test_easy_words_subtract() -> None:
    assert difficulty("Give a simple definition of tide.") < difficulty("Give a view of tide.")


def test_a_long_input_and_a_long_conversation_add_a_little() -> None:
    short = [Turn("user", "Tell me about the sea.")]
    long = [Turn("user", "noted"), Turn("assistant", "yes")] * 20 + short
    gap = measure(long, facts=Facts()).difficulty - measure(short, facts=Facts()).difficulty
    assert 0 < gap <= 14
