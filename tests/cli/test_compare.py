"""Comparing: everybody is asked once, every answer is shown, one can be picked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Lines, Refusal
from support.terminals import in_terminal
from support.views import ask_result, attempt, model, why

HOMEPORT = [sys.executable, "-m", "homeport.cli.main"]
GOOD = wire.AnswerView("a/x", "local", "One.", ok=True, total_ms=900, output_tokens=2, cost_nano=0)
BAD = wire.AnswerView("b/y", "cloud", "", ok=False, error="It broke.")
OTHER = wire.AnswerView("c/z", "lan", "Two.", ok=True, total_ms=100, output_tokens=2, cost_nano=0)


def compared(*answers: wire.AnswerView) -> Lines:
    texts = [wire.AskText(answer.text, n) for n, answer in enumerate(answers) if answer.ok]
    tried = tuple(
        attempt(model=answer.model, place=answer.place, outcome="done" if answer.ok else "reset")
        for answer in answers
    )
    result = ask_result(response="One.", strategy="compare", answers=answers, attempts=tried)
    return Lines([*texts, wire.AskDone(result)])


@pytest.fixture(autouse=True)
def planned(fake: FakeDaemon) -> None:
    """Three are asked, and one is left out."""
    plan = wire.PlanView("compare", ("a/x",), why="Side by side: a/x. d/w is not here.")
    step = wire.StepView(at_ms=0, because="", order=(), vetoes=(), plan=plan)
    fake.answers["GET decisions/7f3a9c"] = why(steps=(step,))
    fake.answers["POST ask"] = compared(GOOD, BAD, OTHER)


def test_every_answer_is_output_and_the_rest_is_talk(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    ran = homeport("compare", "Why?", "--models", "a/x, b/y,c/z", "--private")
    assert ran.status == 0
    assert ran.out == (
        "\n1. local a/x · 900 ms · 2 tokens · $0\nOne.\n"
        "\n2. cloud b/y · failed\nNo answer: It broke.\n"
        "\n3. lan c/z · 100 ms · 2 tokens · $0\nTwo.\n"
    )
    assert ran.err == "2 of 3 answered · 800 ms · $0 · homeport why 7f3a9c\n"
    sent = msgspec.convert(fake.last("POST ask").body, wire.AskRequest)
    models = ("a/x", "b/y", "c/z")
    assert sent == wire.AskRequest(prompt="Why?", strategy="compare", models=models, private=True)


@pytest.mark.parametrize("words", [(), ("--models", "a/x,b/y,c/z,d/w")])
def test_where_others_answer_than_were_named_it_says_why(
    homeport: Callable[..., Any], words: tuple[str, ...]
) -> None:
    ran = homeport("compare", "Why?", *words)
    assert ran.err.endswith("\nSide by side: a/x. d/w is not here.\n")


def test_without_names_the_daemon_chooses(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    homeport("compare", "Why?")
    assert "models" not in fake.last("POST ask").body


def test_the_report_is_a_file(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    target = tmp_path / "run.md"
    assert homeport("compare", "Why?", "--output", str(target)).status == 0
    text = target.read_text()
    assert "- engines: 3\n- succeeded: 2\n- failed: 1\n" in text
    assert "> Why?" in text
    del fake.answers["POST ask"]
    assert homeport("compare", "Why?", "--output", str(target)).status != 0
    assert target.read_text() == text, "a failed run leaves it as it was"


def test_json_is_the_result(homeport: Callable[..., Any], tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    ran = homeport("compare", "Why?", "--json", "--output", str(target))
    for text in (ran.out, target.read_text()):
        result = msgspec.json.decode(text, type=wire.AskResult)
        assert result.answers == (GOOD, BAD, OTHER)
    assert ran.err == ""


def test_nobody_answered(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = compared(BAD, BAD)
    assert homeport("compare", "Why?").status == 5


def test_one_that_answers_alone_is_shown_too(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = Lines([wire.AskDone(ask_result())])
    ran = homeport("compare", "Why?")
    assert ran.out.endswith("\nBecause of Rayleigh scattering.\n")
    assert ran.err.startswith("1 of 1 answered")


def test_a_plan_that_cannot_be_had_is_no_trouble(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    del fake.answers["GET decisions/7f3a9c"]
    ran = homeport("compare", "Why?")
    assert (ran.status, len(ran.err.splitlines())) == (0, 1)


def test_nothing_to_compare_is_wrong_usage(homeport: Callable[..., Any]) -> None:
    assert homeport("compare", stdin="").status == 2


def test_an_unknown_name_gets_the_nearest(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    trouble = wire.Trouble("model_not_found", "caller", "There is no qwn.", param="models")
    fake.answers["POST ask"] = Refusal(trouble, 404)
    fake.answers["GET models"] = {"models": (model(id="ollama/qwen"),)}
    assert "homeport models" in homeport("compare", "Why?", "--models", "qwn").err


def test_ask_shows_answers_side_by_side_too(homeport: Callable[..., Any]) -> None:
    ran = homeport("ask", "Why?", "--strategy", "compare")
    assert "\n1. local a/x" in ran.out
    assert "\n3. lan c/z" in ran.out


@pytest.mark.parametrize(
    ("typed", "picked"),
    [("3\n", 1), ("1\n", 0), ("\n", None), ("2\n", None), ("x\n", None)],
)
def test_at_a_terminal_one_can_be_picked(
    fake: FakeDaemon, tmp_path: Path, typed: str, picked: int | None
) -> None:
    fake.answers["POST feedback"] = {}
    command = [*HOMEPORT, "compare", "Why?", "--output", str(tmp_path / "run.md")]
    seen, status = in_terminal(command, wait_for="(1, 3; Enter for none)?", typed=typed)
    assert status == 0
    report = (tmp_path / "run.md").read_text()
    if picked is None:
        assert "POST feedback" not in fake.routes()
        assert "- picked" not in report
        return
    body = fake.last("POST feedback").body
    assert body == {"decision": "7f3a9c", "verdict": "up", "answer": picked}
    assert "was best." in seen
    assert f"- picked: {typed.strip()}, " in report
