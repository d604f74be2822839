"""Several answers to one prompt as a person reads them: on a terminal, and as a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homeport.cli.output import heading, one_line, write_answer
from homeport.client.records import Record
from homeport.client.units import NANO, duration, money

if TYPE_CHECKING:
    from homeport.client.wire import AnswerView, AskResult

_DOT = " · "


def write_answers(result: AskResult) -> None:
    """Each answer under a line about it."""
    for number, answer in enumerate(answers_of(result), 1):
        heading(f"{number}. {headline(answer)}")
        text = answer.text if answer.ok else f"No answer: {answer.error}"
        write_answer(text if text.endswith("\n") else text + "\n")


def answers_of(result: AskResult) -> list[AnswerView]:
    """Every answer; where one model alone could answer, that one."""
    if result.answers:
        return list(result.answers)
    return [
        Record(  # type: ignore[list-item]  # the fields of one
            model=result.model_used,
            place=result.place,
            text=result.response,
            ok=True,
            first_token_ms=result.metadata.get("first_token_ms"),
            total_ms=result.latency * 1000,
            output_tokens=result.output_tokens,
            cost_nano=cost_nano(result),
            certain=result.metadata.get("certain", True),
        )
    ]


def headline(answer: AnswerView) -> str:
    """Such as `local llamacpp/qwen · 1.9 s, first token 200 ms · 24 tokens · $0`."""
    parts = [f"{answer.place} {answer.model}".strip()]
    if not answer.ok:
        return _DOT.join([*parts, "failed"])
    first = f", first token {duration(answer.first_token_ms)}"
    first = "" if answer.first_token_ms is None else first
    parts += [duration(answer.total_ms) + first, f"{_count(answer.output_tokens)} tokens"]
    if speed := tokens_per_s(answer):
        parts.append(f"{speed:.0f} tokens/s")
    return _DOT.join([*parts, money(answer.cost_nano, certain=answer.certain is not False)])


def summary(result: AskResult) -> str:
    """Such as `2 of 3 answered · 2.1 s · $0.0021 · homeport why 7f3a`."""
    answers = answers_of(result)
    succeeded = sum(bool(answer.ok) for answer in answers)
    return _DOT.join(
        [
            f"{succeeded} of {len(answers)} answered",
            duration(result.latency * 1000),
            total_cost(result),
            f"homeport why {result.decision}",
        ]
    )


def report(result: AskResult, prompt: str, picked: int | None) -> str:
    """The run as Markdown. What others wrote is quoted, so that it cannot look like ours."""
    return "\n".join([*_head(result, picked), *_prompt(prompt), *_table(result), *_texts(result)])


def tokens_per_s(answer: AnswerView) -> float | None:
    """Of the decoding alone; None where it cannot be told."""
    if not answer.output_tokens or answer.total_ms is None or answer.first_token_ms is None:
        return None
    decode_ms = answer.total_ms - answer.first_token_ms
    return 1e3 * (answer.output_tokens - 1) / decode_ms if decode_ms > 0 else None


def whole_number(result: AskResult, model: str) -> int | None:
    """The number of its answer among those that came whole, as `homeport feedback` counts them."""
    whole = [attempt.model for attempt in result.attempts if attempt.outcome == "done"]
    return whole.index(model) if model in whole else None


def total_cost(result: AskResult) -> str:
    """Of all answers together."""
    return money(cost_nano(result), certain=result.metadata.get("certain", True))


def cost_nano(result: AskResult) -> int | None:
    """Of all answers together; None is unknown."""
    nano: int | None = result.metadata.get("cost_nano")
    return round(result.cost * NANO) if nano is None and result.cost is not None else nano


def _head(result: AskResult, picked: int | None) -> Iterator[str]:
    answers = answers_of(result)
    succeeded = sum(bool(answer.ok) for answer in answers)
    yield f"# Comparison {one_line(result.decision)}"
    yield ""
    yield f"- run: `{one_line(result.decision)}`"
    yield f"- asked: {one_line(result.timestamp)}"
    yield f"- engines: {len(answers)}"
    yield f"- succeeded: {succeeded}"
    yield f"- failed: {len(answers) - succeeded}"
    yield f"- time: {duration(result.latency * 1000)}"
    yield f"- cost: {total_cost(result)}"
    if picked is not None:
        yield f"- picked: {picked + 1}, {one_line(answers[picked].model)}"
    yield ""


def _prompt(prompt: str) -> Iterator[str]:
    yield "## Prompt"
    yield ""
    yield from _quoted(prompt)
    yield ""


def _table(result: AskResult) -> Iterator[str]:
    yield "## Engines"
    yield ""
    yield "| | model | place | first token | time | tokens | tokens/s | cost | outcome |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for number, answer in enumerate(answers_of(result), 1):
        yield "| " + " | ".join(map(_cell, (str(number), *_row(answer)))) + " |"
    yield ""


def _row(answer: AnswerView) -> tuple[str, ...]:
    speed = tokens_per_s(answer)
    return (
        answer.model,
        answer.place,
        duration(answer.first_token_ms),
        duration(answer.total_ms),
        _count(answer.output_tokens),
        "?" if speed is None else f"{speed:.0f}",
        money(answer.cost_nano, certain=answer.certain is not False),
        "answered" if answer.ok else "failed",
    )


def _texts(result: AskResult) -> Iterator[str]:
    for number, answer in enumerate(answers_of(result), 1):
        yield f"## {number}. {one_line(answer.model)}"
        yield ""
        if answer.ok:
            yield from _quoted(answer.text)
            yield from _pick_it(result, answer.model)
        else:
            yield f"No answer: {one_line(answer.error)}"
        yield ""


def _pick_it(result: AskResult, model: str) -> Iterator[str]:
    number = whole_number(result, model)
    if number is not None:
        yield ""
        yield f"Best? `homeport feedback up {one_line(result.decision)} --answer {number}`"


def _quoted(text: str) -> Iterator[str]:
    for line in text.rstrip("\n").split("\n"):
        yield f"> {line}".rstrip()


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")


def _count(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
