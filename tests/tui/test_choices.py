"""Who can be picked."""

from __future__ import annotations

import pytest

from homeport.tui.choices import (
    Choice,
    again_choices,
    choice_lines,
    model_choices,
    who_choices,
)
from homeport.tui.words import line_width
from support import sights


def test_those_that_can_answer_stand_first() -> None:
    ids = [choice.value for choice in model_choices(sights.models())]
    assert ids[-1] == "mistral/mistral-large"
    assert ids.index(sights.QWEN) < ids.index(sights.SONNET)


def test_what_is_private_may_not_go_out() -> None:
    values = [choice.value for choice in who_choices(sights.models(), private=True)]
    assert "cloud" not in values
    assert sights.SONNET not in values
    assert again_choices(sights.models(), private=True)[0].value == "elsewhere"


def test_every_word_narrows() -> None:
    choices = model_choices(sights.models())
    found = [choice.value for choice in choices if choice.matches("CLOUD son")]
    assert found == [sights.SONNET]


@pytest.mark.parametrize("width", [40, 46, 100])
@pytest.mark.parametrize("marked", [None, [sights.QWEN]])
def test_a_line_fits(width: int, marked: list[str] | None) -> None:
    lines = choice_lines(who_choices(sights.models(), private=False), 1, marked, width)
    assert all(line_width(line) <= width for line in lines)


def test_no_match_is_told() -> None:
    assert choice_lines([], 0, None, 40)[0][0][0] == "Nothing matches."


def test_a_narrow_line_leaves_out_facts_and_cuts_none() -> None:
    (line,) = choice_lines(model_choices(sights.models())[3:4], 1, None, 56)
    assert line[-1][0].strip() == "ready · 480ms · $3/$15"
    assert line[-2][0].strip() == sights.SONNET
    failing = Choice("m", "mistral/mistral-small-2603", "failing · no room at all", "cloud")
    (line,) = choice_lines([failing], 1, None, 46)
    assert "mistral/mistral-small-2603 " in "".join(text for text, _ in line)
    (line,) = choice_lines(model_choices(sights.models())[3:4], 1, None, 50)
    assert line[-1][0].strip() == "ready · 480ms"
