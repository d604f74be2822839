"""Several answers to one prompt, on a terminal and as a report."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.cli.compare_text import (
    answers_of,
    headline,
    report,
    summary,
    tokens_per_s,
    write_answers,
)
from homeport.client.wire import AnswerView, AskResult
from support.views import ask_result, attempt


def given(**fields: Any) -> AnswerView:
    return AnswerView(
        **{
            "model": "llamacpp/qwen",
            "place": "local",
            "text": "Because.",
            "ok": True,
            "first_token_ms": 200,
            "total_ms": 1200,
            "input_tokens": 7,
            "output_tokens": 21,
            "cost_nano": 0,
            **fields,
        }
    )


FAILED = given(model="openai/b", place="cloud", ok=False, text="", error="It broke.", total_ms=None)
DEAR = given(model="openai/c", place="cloud", cost_nano=21_300_000, certain=False, text="# Big\n")


def compared(*answers: AnswerView, **fields: Any) -> AskResult:
    chosen = {"answers": answers, "strategy": "compare", "cost": 0.0213, "latency": 2.1, **fields}
    return ask_result(**{"metadata": {"cost_nano": 21_300_000, "certain": True}, **chosen})


def test_a_line_about_an_answer() -> None:
    assert headline(given()) == (
        "local llamacpp/qwen · 1.2 s, first token 200 ms · 21 tokens · 20 tokens/s · $0"
    )
    assert headline(FAILED) == "cloud openai/b · failed"
    assert headline(DEAR).endswith("· ~$0.02")


def test_what_is_not_known_is_not_made_up() -> None:
    unknown = given(first_token_ms=None, output_tokens=None, cost_nano=None, total_ms=None)
    assert headline(unknown) == "local llamacpp/qwen · ? · ? tokens · $?"


@pytest.mark.parametrize(
    ("answer", "speed"),
    [(given(), 20.0), (given(total_ms=200), None), (given(output_tokens=0), None), (FAILED, None)],
)
def test_the_speed_is_that_of_the_decoding(answer: AnswerView, speed: float | None) -> None:
    assert tokens_per_s(answer) == speed


def test_how_many_answered() -> None:
    assert summary(compared(given(), FAILED)) == (
        "1 of 2 answered · 2.1 s · $0.0213 · homeport why 7f3a9c"
    )


def test_one_model_that_answered_alone_is_one_answer() -> None:
    (alone,) = answers_of(ask_result())
    assert (alone.model, alone.text) == ("llamacpp/smollm2-135m", "Because of Rayleigh scattering.")
    assert headline(alone).startswith("local llamacpp/smollm2-135m · 800 ms, first token 200 ms")


def test_each_answer_stands_under_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    write_answers(compared(given(), FAILED))
    assert capsys.readouterr().out == (
        "\n1. local llamacpp/qwen · 1.2 s, first token 200 ms · 21 tokens · 20 tokens/s · $0\n"
        "Because.\n"
        "\n2. cloud openai/b · failed\n"
        "No answer: It broke.\n"
    )


REPORT = """\
# Comparison 7f3a9c

- run: `7f3a9c`
- asked: 2026-11-21T14:02:07Z
- engines: 3
- succeeded: 2
- failed: 1
- time: 2.1 s
- cost: $0.0213
- picked: 3, openai/c

## Prompt

> Why?
>
> # Really

## Engines

| | model | place | first token | time | tokens | tokens/s | cost | outcome |
|---|---|---|---|---|---|---|---|---|
| 1 | llamacpp/qwen | local | 200 ms | 1.2 s | 21 | 20 | $0 | answered |
| 2 | openai/b | cloud | 200 ms | ? | 21 | ? | $0 | failed |
| 3 | openai/c | cloud | 200 ms | 1.2 s | 21 | 20 | ~$0.02 | answered |

## 1. llamacpp/qwen

> Because.

## 2. openai/b

No answer: It broke.

## 3. openai/c

> # Big
"""


def test_the_report_holds_the_run_and_every_answer() -> None:
    assert report(compared(given(), FAILED, DEAR), "Why?\n\n# Really\n", 2) == REPORT


def test_the_report_says_how_to_pick_one() -> None:
    tried = (
        attempt(model="openai/b", outcome="reset"),
        attempt(model="openai/c"),
        attempt(model="llamacpp/qwen"),
    )
    text = report(compared(given(), FAILED, DEAR, attempts=tried), "Why?", None)
    assert "> Because.\n\nBest? `homeport feedback up 7f3a9c --answer 1`\n" in text
    assert "> # Big\n\nBest? `homeport feedback up 7f3a9c --answer 0`\n" in text
    assert text.count("Best?") == 2


def test_what_others_wrote_cannot_look_like_the_report() -> None:
    sly = given(model="a|b\n# c", text="fine\n\n## 9. openai/x\n> no", error="")
    lines = report(compared(sly, FAILED), "## Engines", None).splitlines()
    headings = [line for line in lines if line.startswith("#")]
    assert headings == [
        "# Comparison 7f3a9c",
        "## Prompt",
        "## Engines",
        "## 1. a|b # c",
        "## 2. openai/b",
    ]
    assert sum(line.startswith("| 1 | a\\|b # c |") for line in lines) == 1
