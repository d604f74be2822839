"""How an answer was made."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.plan_lines import answer_lines, check_lines, plan_lines
from homeport.tui.why_lines import why_lines
from homeport.tui.words import Line, line_width
from support import sights


def said(lines: list[Line]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_a_checked_answer_tells_its_story_in_order() -> None:
    page = said(why_lines(sights.checked_why(), sights.NOW_MS, 110))
    parts = [
        *("THE RULES THAT MATTERED", "night: stay at home after 22:00", "frugal: 5 cents"),
        *("THE PLAN", "strategy      verify", "It can be checked"),
        "ollama/qwen3:14b, if 0.60 sure; else anthropic/claude-sonnet-5",
        *("THE CANDIDATES", "THE ANSWERS", "step 1", "done in 1.3s"),
        *("step 2", "anthropic/claude-sonnet-5: a check failed", "link lost in 1.4s"),
        *("THE CHECKS", "passed: It does not refuse.", "failed: The test test_sum fails"),
        *("not told: No probabilities", "████████░░  0.83 sure  claude-sonnet-5"),
    ]
    at = [page.index(part) for part in parts]
    assert at == sorted(at)
    assert "DECIDED AGAIN" not in page


def test_models_side_by_side_and_a_judge() -> None:
    plan = wire.PlanView("ensemble", ("a/a", "b/b"), method="judge", judge="c/c", why="Asked for.")
    page = said(plan_lines(plan, 80))
    assert "a/a, b/b" in page
    assert "judge · judged by c/c" in page
    majority = structs.replace(plan, method="majority", judge="")
    assert "made by       majority\n" in said(plan_lines(majority, 80)) + "\n"


def test_an_answer_of_nobody() -> None:
    step = wire.StepView(1, "nobody may", (), (), branch="step 3")
    assert said(answer_lines([step], (), 80)) == "  step 3        nobody: nobody may"


@pytest.mark.parametrize("width", [44, 60, 110])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    hostile = wire.CheckView("模型" * 20, None, "\u202e" * 99, 0.5, "a/" + "型" * 50)
    assert all(line_width(line) <= width for line in check_lines([hostile], width))
    for line in why_lines(sights.checked_why(), sights.NOW_MS, width):
        assert line_width(line) <= width
