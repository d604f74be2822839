"""One model as one line."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.history import Standing
from homeport.tui.model_rows import (
    Known,
    ModelLines,
    head_line,
    layout_for,
    longest_name,
    model_line,
    note,
    summary,
)
from homeport.tui.standing import Mishap
from homeport.tui.words import line_width
from support import sights

HOSTILE = "evil/\x1b[2J\u202emodel 模型模型模型模型模型模型模型模型模型模型"


def said(model: wire.ModelView, width: int = 116, known: Known | None = None) -> str:
    layout = layout_for(width, longest_name(sights.models()))
    line = model_line(model, known or Known(), layout, chosen=False)
    return "".join(text for text, _ in line)


@pytest.mark.parametrize("width", [44, 56, 76, 90, 104, 116, 200])
@pytest.mark.parametrize("name", [sights.QWEN, HOSTILE])
def test_every_line_is_as_wide_as_its_heading_and_the_page(width: int, name: str) -> None:
    models = (structs.replace(sights.models()[0], id=name), *sights.models())
    layout = layout_for(width, longest_name(models))
    assert line_width(head_line(layout)) <= width
    for model in models:
        assert line_width(model_line(model, Known(), layout, chosen=True)) <= width


def test_what_a_wide_page_says() -> None:
    line = said(sights.models()[3])
    for part in ("cloud", sights.SONNET, "ready", "72/s", "480ms", "1M", "$3", "$15"):
        assert part in line


def test_what_is_not_known_is_blank_or_a_question_mark() -> None:
    assert "$?" in said(sights.models()[5])
    assert "None" not in said(sights.models()[5])


def test_since_when_is_said_where_it_was_seen() -> None:
    model = sights.models()[0]
    seen = Known({model.id: Standing("ready", sights.NOW_MS, True)})
    assert "14:03" in said(model, known=seen)
    guessed = Known({model.id: Standing("ready", sights.NOW_MS, False)})
    assert "14:03" not in said(model, known=guessed)


def test_the_note_is_the_most_useful_thing_to_say() -> None:
    best, plain, demo, *_ = sights.models()
    failing = structs.replace(plain, state="failing", reason="5 failures in a row")
    known = Known(mishaps={plain.id: Mishap(sights.NOW_MS, "the link was lost")})
    assert note(failing, known) == "5 failures in a row"
    assert note(plain, known) == "14:03 the link was lost"
    assert note(plain, Known()) == ""
    assert note(demo, Known()) == "a demonstration"
    assert note(best, Known()) == "best at question: 71 of 100"


def test_a_summary_counts_states() -> None:
    assert summary(sights.models()) == "3 ready · 2 asleep · 1 missing"


def test_rows_are_made_when_they_come_in_sight() -> None:
    models = sights.models()
    layout = layout_for(116, longest_name(models))
    lines = ModelLines(models, Known(), layout, 1, dim=False)
    assert len(lines) == len(models)
    assert [line[0][0] for line in lines[:3]] == [" ", "▸", " "]
    dim = ModelLines(models, Known(), layout, 0, dim=True)
    assert {role for _, role in dim[0]} == {"faint"}
