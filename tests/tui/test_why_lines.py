"""One decision as a page."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.why_lines import why_lines
from homeport.tui.words import line_width
from support import sights


def page(why: wire.Why, width: int = 100) -> str:
    lines = why_lines(why, sights.NOW_MS, width)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_the_page_tells_the_whole_story_in_order() -> None:
    said = page(sights.why())
    parts = [
        "cloud→local ollama/qwen3:14b answered in 2.8s for $0.0011",
        "link lost at 212 tokens; went on",
        "2026-11-18 14:02:40 · 7f3a2c91",
        "WHAT THE PROMPT NEEDED",
        "code, difficulty 62 of 100, advanced, language en",
        "THE CANDIDATES",
        "anthropic/claude-sonnet-5",
        "quality 0.93  cost ~$0.02 (at most $0.096)  time 1.9s",
        "score:  quality +0.37  latency +0.21  budget +0.13",
        "mistral/mistral-large  ruled out by key",
        "DECIDED AGAIN (2)",
        "after: anthropic/claude-sonnet-5: the link was lost",
        "THE ATTEMPTS",
        "WHAT IT COST",
        "$0.0011 · 1,240 tokens in · 212 tokens out",
        "WHAT IF",
        "cloud-only    nothing may answer: the link is down",
        "replayed: the same decision comes out · engine 1",
    ]
    at = [said.index(part) for part in parts]
    assert at == sorted(at)


@pytest.mark.parametrize("width", [44, 60, 100])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    for line in why_lines(sights.why(), sights.NOW_MS, width):
        assert line_width(line) <= width


def test_what_was_not_logged_is_left_out() -> None:
    said = page(structs.replace(sights.why(), ask={}, steps=(), what_if=(), replay="not-logged"))
    assert "difficulty" not in said
    assert "WHAT IF" not in said
    assert "not stored, so it cannot be replayed" in said


def test_nobody_to_choose_from() -> None:
    step = wire.StepView(0, "nothing may answer", (), ())
    assert "there were none" in page(structs.replace(sights.why(), steps=(step,)))


def test_a_private_prompt_says_what_that_means() -> None:
    why = structs.replace(sights.why(), ask={**sights.why().ask, "privacy": "private"})
    assert "private: it stays on this machine" in page(why)


def test_the_callers_own_limits() -> None:
    ask = {**sights.why().ask, "max_cost_nano": 10_000_000, "max_tokens": 300}
    said = page(structs.replace(sights.why(), ask=ask))
    assert "at most $0.01, within 10m" in said
    assert "900 expected out, at most 300" in said


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cost_nano": None}, "$? unknown"),
        ({"certain": False, "cost_nano": 21_300_000}, "~$0.02 estimated"),
        ({"input_tokens": 1, "output_tokens": None}, "1 token in"),
    ],
)
def test_money_says_how_sure_it_is(fields: dict[str, object], words: str) -> None:
    why = sights.why()
    assert words in page(structs.replace(why, request=structs.replace(why.request, **fields)))


@pytest.mark.parametrize("replay", ["identical", "different", "other-version", "not-logged"])
def test_every_replay_has_its_words(replay: str) -> None:
    assert " · engine 1" in page(structs.replace(sights.why(), replay=replay)).splitlines()[-1]


def test_a_failure_comes_first() -> None:
    failed = sights.requests()[5]
    said = page(structs.replace(sights.why(), request=failed)).splitlines()
    assert said[0] == "Nobody answered: it was refused after 3ms"
    assert said[1] == "over today's budget, none local"


@pytest.mark.parametrize(("verdict", "word"), [("up", "good"), ("down", "bad"), ("edit", "edited")])
def test_what_the_person_said_of_it(verdict: str, word: str) -> None:
    judged = structs.replace(sights.requests()[0], verdict=verdict)
    assert f"you said: {word}" in page(structs.replace(sights.why(), request=judged))


def test_several_answers_have_a_plan_rows_and_checks() -> None:
    first, *_ = sights.why().steps
    plan = wire.PlanView("verify", ("a/a",), (0.6,), checks=("refusal",), why="It can be checked.")
    steps = (
        structs.replace(first, plan=plan),
        structs.replace(first, branch="step 1", because="asked for this answer"),
        structs.replace(first, branch="step 2", order=()),
    )
    checks = (
        wire.CheckView("refusal", True, "It does not refuse."),
        wire.CheckView("schema", None, "It could not be told."),
    )
    request = structs.replace(sights.why().request, checks=checks)
    said = page(structs.replace(sights.why(), steps=steps, request=request))
    parts = [
        *("THE PLAN", "It can be checked.", "THE CANDIDATES", "THE ANSWERS"),
        *("step 1", "anthropic/claude-sonnet-5: asked for this answer", "step 2", "nobody"),
        *("THE CHECKS", "passed: It does not refuse.", "not told: It could not be told."),
    ]
    at = [said.index(part) for part in parts]
    assert at == sorted(at)
    assert "DECIDED AGAIN" not in said


def test_what_the_cache_did_is_told() -> None:
    kept = sights.kept_answer()
    said = page(structs.replace(sights.why(), request=kept))
    assert "THE CACHE OF ANSWERS" in said
    assert "Answered from the cache: the answer of 3c87d1e4." in said
    assert "kept          3m00s ago" in said
    assert "saved         $0.0021" in said
