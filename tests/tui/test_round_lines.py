"""A round as rows."""

from __future__ import annotations

import pytest

from homeport.client.errors import BrokenAnswer
from homeport.tui.round import Round
from homeport.tui.round_lines import RoundRows, asked_of
from homeport.tui.words import line_width
from support import sights, talk_sights


def rows_of(said: Round, width: int) -> list[str]:
    rows = RoundRows(said, width)
    rows.read(sights.NOW_MS)
    lines = [rows.row(y, chosen=True) for y in range(rows.height)]
    assert all(line_width(line) <= width for line in lines)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def answered() -> Round:
    said = Round(talk_sights.SKY)
    said.end(talk_sights.result("Air scatters blue."))
    return said


def test_the_way_stands_beside_the_answer_where_there_is_room() -> None:
    rows = rows_of(answered(), 100)
    assert rows[0] == "> Why is the sky blue?"
    assert rows[1].startswith("▸ Air scatters blue.")
    assert rows[1].endswith("│ local qwen3:14b")
    assert rows[-1] == ""


@pytest.mark.parametrize("width", [44, 60, 83])
def test_and_below_it_where_there_is_none(width: int) -> None:
    rows = rows_of(answered(), width)
    assert rows[1] == "▸ Air scatters blue."
    assert rows[2].startswith("  local qwen3:14b · 412ms")


def test_what_is_waited_for_is_told() -> None:
    said = Round("hi")
    assert rows_of(said, 60)[1] == "▸ Asking…"
    said.request = talk_sights.running(state="queued")
    assert rows_of(said, 60)[1] == "▸ waiting for its turn…"
    said.sentence = "loading qwen3:14b"
    assert rows_of(said, 60)[1] == "▸ loading qwen3:14b"


def test_an_end_without_words_and_a_failure_are_told() -> None:
    said = Round("hi")
    said.end(talk_sights.result(""))
    assert rows_of(said, 100)[1].startswith("▸ The answer has no words.")
    said = Round("hi")
    said.fail(BrokenAnswer("It broke off."))
    assert rows_of(said, 100)[1] == "▸ It broke off."


def test_what_comes_is_read_once() -> None:
    said = Round("hi")
    rows = RoundRows(said, 60)
    for word in ("one ", "two ", "three"):
        said.text.add(word)
        rows.read(0)
    assert rows.row(rows.answer_row, chosen=False)[1][0] == "one two three"


def test_who_is_asked_in_words() -> None:
    assert asked_of("local") == "models at home"
    assert asked_of(sights.QWEN) == sights.QWEN
