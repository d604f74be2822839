"""What a report of spend looks like: its table, its chart, its outlook."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from homeport.cli.output import heading, one_line, pairs, table, write
from homeport.client.units import day_and_clock, joules, money

if TYPE_CHECKING:
    from homeport.client.wire import (
        CachedSum,
        EstimateReport,
        ProjectionView,
        SavingsView,
        SpendDetails,
        SpendReport,
        SpendRow,
    )

BAR = 40
"""Letters of the longest bar."""
EACH = ("task", "policy", "model")
"""Groups of which the mean cost of a prompt, or of an attempt, is told."""
BY_ATTEMPT = ("model", "provider", "place")
"""Groups of which a prompt may have several: their attempts are told."""
NO_NAME, OTHERS = "(none)", "(others)"
OVERLAPPING = (
    "A prompt with several tags counts under each of them, one without any under none; `all` "
    "counts every prompt once."
)


def show_rows(report: SpendReport) -> None:
    """The rows as a table, with their total."""
    named = named_rows(report)
    if report.total is not None and (len(named) > 1 or _overlaps(report)):
        named.append(("all", report.total))
    if not named:
        write("Nothing was asked in this time.")
        return
    counted = "attempts" if report.by in BY_ATTEMPT else "prompts"
    columns: tuple[str, ...] = (report.by, counted, "tokens in", "tokens out", "cost")
    rows = [_row(name, row, counted_of(report, row)) for name, row in named]
    if any(row.energy_mj for _, row in named):
        rows = [(*told, electricity(row)) for told, (_, row) in zip(rows, named, strict=True)]
        columns = (*columns, "electricity")
    table(columns, rows, right="l" + "r" * (len(columns) - 1))
    if _overlaps(report):
        write(OVERLAPPING)


def named_rows(report: SpendReport) -> list[tuple[str, SpendRow]]:
    """Every row with its name, and those that are not told as one: they add up to the total."""
    named = [(one_line(row.group) or NO_NAME, row) for row in report.rows]
    return named if report.rest is None else [*named, (OTHERS, report.rest)]


def counted_of(report: SpendReport, row: SpendRow) -> int:
    """Attempts, or prompts."""
    return row.attempts if report.by in BY_ATTEMPT else row.requests


def _overlaps(report: SpendReport) -> bool:
    return report.by == "tag" and report.total is not None and report.total.attempts > 0


def electricity(row: SpendRow) -> str:
    """What answers at home took, such as `~$0.0021, 21 kJ`; empty for none."""
    if not row.energy_mj:
        return ""
    certain = not row.energy_guessed_nano
    return f"{money(row.energy_nano, certain=certain)}, {joules(row.energy_mj)}"


def show_each(report: SpendReport) -> None:
    """What one prompt, or attempt, of each group cost on average, dearest first."""
    counted = [(name, row, counted_of(report, row)) for name, row in named_rows(report)]
    heading(f"one {'attempt' if report.by in BY_ATTEMPT else 'prompt'}, by {report.by}")
    priced = [(name, row, count) for name, row, count in counted if count]
    ordered = sorted(priced, key=lambda one: -one[1].cost_nano / one[2])
    pairs((name, _each(row, count)) for name, row, count in ordered)


def _each(row: SpendRow, count: int) -> str:
    return money(row.cost_nano // count, certain=not row.estimated_nano)


def show_chart(report: SpendReport) -> None:
    """A bar for each row, the dearest the longest."""
    for line in chart(named_rows(report), "█" if _is_unicode() else "#"):
        write(line)


def chart(rows: Iterable[tuple[str, SpendRow]], mark: str) -> list[str]:
    """A line for each row: its name, its bar, its cost. What cost anything has a mark."""
    listed = [(name, row.cost_nano) for name, row in rows]
    most = max((cost for _, cost in listed), default=0)
    width = max((len(name) for name, _ in listed), default=0)
    return [
        f"{name.ljust(width)}  {_bar(cost, most, mark).ljust(BAR)}  {money(cost)}"
        for name, cost in listed
    ]


def _bar(cost: int, most: int, mark: str) -> str:
    return mark * max(1, cost * BAR // most) if cost > 0 else ""


def _is_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def show_details(details: SpendDetails) -> None:
    """Where the month will end, and what was dearest."""
    heading("month end")
    write(projection_text(details.projection))
    if details.dearest:
        heading("dearest requests")
        columns = ("decision", "when", "task", "model", "cost")
        table(
            columns,
            [
                (
                    one.id,
                    day_and_clock(one.at_ms),
                    one.task,
                    one.model or "(none)",
                    money(one.cost_nano, certain=one.certain),
                )
                for one in details.dearest
            ],
            right="llllr",
        )


def projection_text(projection: ProjectionView) -> str:
    """Such as `2026-11: $7.90 so far, about $11.20 at its end ($0.33 a day). …`."""
    so_far = f"{projection.month}: {money(projection.spent_nano)} so far"
    if projection.projected_nano is None:
        return f"{so_far}. {projection.method}"
    ends = f"about {money(projection.projected_nano)} at its end"
    return f"{so_far}, {ends} ({money(projection.a_day_nano)} a day). {projection.method}"


def show_savings(savings: SavingsView) -> None:
    """What was saved, with every assumption."""
    heading("savings")
    if not savings.prompts:
        write("No answered prompt has known tokens and a known price, so nothing is compared.")
        return
    write(savings_text(savings))
    for sentence in savings.assumptions:
        write(f"- {sentence}")


def show_cached(cached: CachedSum) -> None:
    """What came from the cache of answers, beside what was spent."""
    heading("from the cache")
    answers = "answer was" if cached.answers == 1 else "answers were"
    unknown = f", without {cached.unknown:,} of unknown cost" if cached.unknown else ""
    write(
        f"{cached.answers:,} {answers} given again for nothing; when they were made they cost "
        f"{money(cached.saved_nano)}{unknown}."
    )


def savings_text(savings: SavingsView) -> str:
    """Such as `$3.12 less than $3.55 for the same 86 prompts at openai/gpt-5.5, an estimate`."""
    word = "less" if savings.saved_nano >= 0 else "more"
    prompts = "prompt" if savings.prompts == 1 else "prompts"
    return (
        f"{money(savings.spent_nano)} was spent: {money(abs(savings.saved_nano))} {word} than the "
        f"{money(savings.baseline_nano, certain=False)} that {savings.prompts:,} {prompts} would "
        f"have cost at {savings.baseline}, if:"
    )


def show_estimate(report: EstimateReport) -> None:
    """What a month would cost, by model."""
    rows = [(row.model, row.place, money(row.month_nano)) for row in report.rows]
    table(("model", "place", f"{report.days} days"), rows, right="llr")
    write("")
    prompts = "prompt" if report.per_day == 1 else "prompts"
    write(
        f"{report.per_day:,} {prompts} a day of {report.input_tokens:,} tokens in and "
        f"{report.output_tokens:,} out, at list prices of today, without cache hits; "
        "electricity at home is not in it."
    )


def _row(name: str, row: SpendRow, counted: int) -> tuple[str, ...]:
    return (
        name,
        f"{counted:,}",
        f"{row.input_tokens:,}",
        f"{row.output_tokens:,}",
        money(row.cost_nano, certain=not row.estimated_nano),
    )
