"""Beside the sums of money: what was saved, where the month will end, what was dearest."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.client import units
from homeport.client.wire import DearRequest, ProjectionView, SavingsView, SpendDetails
from homeport.tui.words import Line, count, left, line_width, right, wrapped

_INDENT = "  "
_MOST_DEAR = 5


def outlook_lines(
    details: SpendDetails | None, savings: SavingsView | None, width: int
) -> list[Line]:
    """Each with its title; what the daemon does not tell is left out."""
    sections = [
        ("what was saved", _saved(savings, width) if savings else []),
        ("where the month will end", _month(details.projection, width) if details else []),
        ("the dearest prompts", _dearest(details.dearest, width) if details else []),
    ]
    lines: list[Line] = []
    for title, section in sections:
        lines += [[], [(title.upper(), "title")], *section] if section else []
    return lines


def saved_words(savings: SavingsView) -> str:
    """Such as `$3.12: 86 prompts would have cost ~$3.55 at openai/gpt-5.5, and cost $0.43`."""
    prompts = count(savings.prompts, "prompt")
    would = f"{prompts} would have cost {units.money(savings.baseline_nano, certain=False)}"
    sums = f"{would} at {savings.baseline}, and cost {units.money(savings.spent_nano)}"
    less = units.money(abs(savings.saved_nano), certain=False)
    return f"{less}{'' if savings.saved_nano >= 0 else ' more was spent'}: {sums}"


def _saved(savings: SavingsView, width: int) -> list[Line]:
    if not savings.prompts:
        return []
    lines = wrapped(saved_words(savings), width, "", _INDENT)
    if savings.left_out:
        said = f"{count(savings.left_out, 'prompt')} left out: tokens or price are unknown."
        lines += wrapped(said, width, "muted", _INDENT)
    for sentence in savings.assumptions:
        lines += wrapped(sentence, width, "muted", _INDENT)
    return lines


def _month(month: ProjectionView, width: int) -> list[Line]:
    said = f"{month.month}: {units.money(month.spent_nano)} so far"
    if month.projected_nano is not None:
        ends = units.money(month.projected_nano)
        said += f", about {ends} at its end, {units.money(month.a_day_nano)} a day"
    lines = wrapped(said, width, "", _INDENT)
    return lines + wrapped(month.method, width, "muted", _INDENT)


def _dearest(dearest: Sequence[DearRequest], width: int) -> list[Line]:
    return [_dear(one, width) for one in dearest[:_MOST_DEAR]]


def _dear(one: DearRequest, width: int) -> Line:
    """What it cost comes first, so that a narrow page loses the rest."""
    line: Line = [
        (_INDENT + right(units.money(one.cost_nano, certain=one.certain), 9) + "  ", ""),
        (units.day_and_clock(one.at_ms)[5:16] + "  ", "muted"),
    ]
    tries = f" in {one.attempts} attempts" if one.attempts > 1 else ""
    words = f"{one.model or 'nobody'} · {one.task or 'no task'} · {one.id}{tries}"
    return [*line, (left(words, max(0, width - line_width(line))), "")]
