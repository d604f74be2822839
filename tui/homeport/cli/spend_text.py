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
"""Groups of which the mean cost of a prompt is told."""


def show_rows(report: SpendReport) -> None:
    """The rows as a table, with their sum."""
    if not report.rows:
        write("Nothing was asked in this time.")
        return
    rows = [_row(row) for row in report.rows]
    rows += [_sum(report.rows)] if len(rows) > 1 else []
    columns: tuple[str, ...] = (report.by, "prompts", "tokens in", "tokens out", "cost")
    if any(row.energy_mj for row in report.rows):
        current = [electricity(row) for row in report.rows]
        whole = electricity_of_all(report.rows)
        rows = [(*row, said) for row, said in zip(rows, [*current, whole], strict=False)]
        columns = (*columns, "electricity")
    table(columns, rows, right="l" + "r" * (len(columns) - 1))


def electricity(row: SpendRow) -> str:
    """What answers at home took, such as `~$0.0021, 21 kJ`; empty for none."""
    if not row.energy_mj:
        return ""
    certain = not row.energy_guessed_nano
    return f"{money(row.energy_nano, certain=certain)}, {joules(row.energy_mj)}"


def electricity_of_all(rows: Iterable[SpendRow]) -> str:
    """The sum of it."""
    every = list(rows)
    guessed = any(row.energy_guessed_nano for row in every)
    nano = money(sum(row.energy_nano for row in every), certain=not guessed)
    return f"{nano}, {joules(sum(row.energy_mj for row in every))}"


def show_each(report: SpendReport) -> None:
    """What one prompt of each group cost on average, dearest first."""
    priced = [row for row in report.rows if row.requests]
    heading(f"one prompt, by {report.by}")
    ordered = sorted(priced, key=lambda row: -row.cost_nano / row.requests)
    pairs((row.group or "(none)", _each(row)) for row in ordered)


def _each(row: SpendRow) -> str:
    return money(row.cost_nano // row.requests, certain=not row.estimated_nano)


def show_chart(report: SpendReport) -> None:
    """A bar for each row, the dearest the longest."""
    for line in chart(report.rows, "█" if _is_unicode() else "#"):
        write(line)


def chart(rows: Iterable[SpendRow], mark: str) -> list[str]:
    """A line for each row: its name, its bar, its cost. What cost anything has a mark."""
    listed = [(one_line(row.group) or "(none)", row.cost_nano) for row in rows]
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


def _row(row: SpendRow) -> tuple[str, ...]:
    return (
        row.group or "(none)",
        f"{row.requests:,}",
        f"{row.input_tokens:,}",
        f"{row.output_tokens:,}",
        money(row.cost_nano, certain=not row.estimated_nano),
    )


def _sum(rows: tuple[SpendRow, ...]) -> tuple[str, ...]:
    return (
        "all",
        f"{sum(row.requests for row in rows):,}",
        f"{sum(row.input_tokens for row in rows):,}",
        f"{sum(row.output_tokens for row in rows):,}",
        money(
            sum(row.cost_nano for row in rows),
            certain=not any(row.estimated_nano for row in rows),
        ),
    )
