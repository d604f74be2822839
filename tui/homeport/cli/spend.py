"""`homeport spend`: what was spent, grouped."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import one_line, pairs, table, write, write_json
from homeport.cli.prompting import positive
from homeport.cli.status import window_text
from homeport.client.connection import Connection
from homeport.client.units import money

if TYPE_CHECKING:
    from homeport.client.wire import SpendReport, SpendRow

GROUPS = ("day", "model", "provider", "place", "client", "session", "tag")
_FORMULA_STARTS = ("=", "+", "-", "@")


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `spend`."""
    add = parser.add_argument
    add("--by", choices=GROUPS, default="day", help="what a row is (default: day)")
    add("--days", type=positive, default=30, metavar="N", help="how far back (default: 30)")
    add("--csv", action="store_true", help="print CSV, costs in US dollars")


def run(args: Namespace) -> int:
    """Prints the report."""
    reply = Connection().get("spend", by=args.by, days=args.days)
    if args.json:
        write_json(reply.body)
    elif args.csv:
        _write_csv(reply.read())
    else:
        show(reply.read())
    return exit_codes.DONE


def show(report: SpendReport) -> None:
    """The report as a table with its sum, and the budgets below."""
    if not report.rows:
        write("Nothing was asked in this time.")
    else:
        rows = [_row(row) for row in report.rows]
        columns = (report.by, "prompts", "tokens in", "tokens out", "cost")
        table(columns, [*rows, _sum(report.rows)] if len(rows) > 1 else rows, right="lrrrr")
    write("")
    pairs((window.window, window_text(window)) for window in report.view.windows)


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


def _write_csv(report: SpendReport) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = ("requests", "input_tokens", "output_tokens", "cost_usd", "estimated_usd")
    writer.writerow([report.by, *names])
    for row in report.rows:
        counts = (row.requests, row.input_tokens, row.output_tokens)
        costs = (_dollars(row.cost_nano), _dollars(row.estimated_nano))
        writer.writerow([_cell(row.group), *counts, *costs])


def _cell(text: str) -> str:
    """A name that a spreadsheet does not run: labels come from whoever asked."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def _dollars(nano: int) -> str:
    whole, part = divmod(nano, 1_000_000_000)
    return f"{whole}.{part:09d}"
