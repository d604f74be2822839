"""The way of one answer, in words."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.round import Round
from homeport.tui.way_lines import facts, way_below, way_lines
from homeport.tui.words import line_width
from support import sights, talk_sights


def moved() -> Round:
    said = Round("hi", private=True)
    said.request = talk_sights.moved_home()[0].request
    said.end(talk_sights.moved_home()[-1].result)
    said.verdict = "down"
    return said


def told(said: Round) -> list[str]:
    return [text for text, _ in facts(said, sights.NOW_MS)]


def test_before_anything_is_known_nothing_is_told() -> None:
    assert facts(Round("hi"), 0) == []
    assert way_below(Round("hi"), 0, 60) == []


def test_every_fact_is_told() -> None:
    assert told(moved()) == [
        "cloud→local qwen3:14b",
        "claude-sonnet-5: the link was lost after 212 tokens; went on",
        "link lost at 212 tokens; went on",
        "2.8s, first word 420ms",
        "48 tokens",
        "~$0.0011",
        "arithmetic passed",
        "schema failed: no brace ends it",
        "private: nothing left this machine",
        "you said: bad",
    ]


def test_while_it_runs_the_time_grows() -> None:
    said = Round("hi")
    said.request = talk_sights.running()
    assert told(said)[-1] == "2s"


def test_a_strategy_and_a_check_that_cannot_be_told_are_named() -> None:
    said = Round("hi")
    check = wire.CheckView("tests", None, "no sandbox here.")
    said.end(talk_sights.result(strategy="verify", checks=(check,)))
    assert told(said)[0] == "local qwen3:14b (verify)"
    assert told(said)[-1] == "tests could not be told: no sandbox here"


def test_what_failed_in_the_end_went_nowhere() -> None:
    said = Round("hi")
    view = talk_sights.moved_home()[0].request
    said.request = structs.replace(view, state="failed", attempts=view.attempts[:1])
    assert told(said)[1] == "claude-sonnet-5: the link was lost after 212 tokens"


@pytest.mark.parametrize("width", [24, 32, 60])
def test_it_fits(width: int) -> None:
    lines = [*way_lines(moved(), 0, width), *way_below(moved(), 0, width)]
    assert all(line_width(line) <= width for line in lines)
