"""`homeport spend`: what was spent, what it will come to, and what it would be elsewhere."""

from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes, spend_text
from homeport.cli.budget import window_name
from homeport.cli.output import one_line, pairs, write, write_json
from homeport.cli.prompting import positive
from homeport.cli.refusal import WrongUse
from homeport.cli.status import window_text
from homeport.client.connection import Connection

if TYPE_CHECKING:
    from homeport.client.wire import SpendReport, SpendRow

GROUPS = (
    *("day", "week", "month", "provider", "model", "place", "client", "tag"),
    *("task", "session", "policy"),
)
ACTIONS = ("report", "estimate", "reconcile")
PERIODS = ("day", "week", "month")
_COLUMNS = (
    *("requests", "attempts", "input_tokens", "output_tokens", "cost_usd", "estimated_usd"),
    *("electricity_usd", "electricity_joules"),
)
_FORMULA_STARTS = ("=", "+", "-", "@")


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `spend`."""
    add = parser.add_argument
    add("action", nargs="?", choices=ACTIONS, default="report", help="report is the default")
    add(
        "file",
        nargs="?",
        metavar="FILE",
        help="reconcile: a provider's export, CSV or JSON; - is stdin",
    )
    add("--by", choices=GROUPS, default="day", help="what a row is (default: day)")
    time = parser.add_mutually_exclusive_group()
    time.add_argument(
        "--days", type=positive, default=30, metavar="N", help="how far back (default: 30)"
    )
    time.add_argument("--since", metavar="WHEN", help="from a date such as 2026-11-01, or 7d, 4w")
    time.add_argument("--period", choices=PERIODS, help="the one that runs")
    add("--csv", action="store_true", help="print CSV, costs in US dollars")
    add(
        "--provider",
        metavar="NAME",
        help="reconcile: under which name it is booked; without a file it is asked itself",
    )
    add(
        "--book",
        action="store_true",
        help="reconcile: book what was charged in the place of what was estimated",
    )
    add("--chart", action="store_true", help="draw a bar for each row")
    add("--details", action="store_true", help="the month's end and the dearest requests")
    add("--baseline", metavar="MODEL", help="what was saved against every prompt to this model")
    estimate = parser.add_argument_group("estimate")
    estimate.add_argument("--per-day", type=positive, metavar="N", help="prompts a day")
    estimate.add_argument(
        "--tokens",
        type=tokens,
        metavar="IN,OUT",
        help="tokens of one prompt; of one number a quarter is the answer",
    )
    estimate.add_argument("--models", metavar="A,B", help="further models, as provider/name")


def run(args: Namespace) -> int:
    """Prints the report, or the estimate."""
    if args.action == "estimate":
        return _estimate(args)
    if args.action == "reconcile":
        from homeport.cli import reconcile

        return reconcile.run(args)
    if args.file:
        raise WrongUse("A file is read by: homeport spend reconcile FILE")
    if args.book:
        raise WrongUse("What was charged is booked by: homeport spend reconcile --book")
    reply = Connection().get("spend", **query(args))
    if args.json:
        write_json(reply.body)
    elif args.csv:
        write_csv(reply.read())
    else:
        show(reply.read(), chart=args.chart)
    return exit_codes.DONE


def query(args: Namespace) -> dict[str, Any]:
    """What the daemon is asked for."""
    wanted: dict[str, Any] = {"by": args.by, "days": args.days}
    wanted |= {
        name: getattr(args, name) for name in ("since", "period", "baseline") if getattr(args, name)
    }
    return wanted | ({"details": 1} if args.details else {})


def tokens(text: str) -> tuple[int, int]:
    """Tokens in and out, such as `2000,300`; of one number a quarter is the answer."""
    given, comma, answered = text.partition(",")
    counts = (given, answered) if comma else (given,)
    if not all(count.isdecimal() and int(count) for count in counts):
        raise ArgumentTypeError(f"{text!r} is no number of tokens; write 2000,300")
    if comma:
        return int(given), int(answered)
    out = max(1, int(given) // 4)
    return max(1, int(given) - out), out


def _estimate(args: Namespace) -> int:
    if args.per_day is None or args.tokens is None:
        raise WrongUse("Write: homeport spend estimate --per-day 100 --tokens 2000,300")
    given, answered = args.tokens
    wanted: dict[str, Any] = {"per_day": args.per_day, "input": given, "output": answered}
    reply = Connection().get(
        "spend/estimate", **wanted, **({"models": args.models} if args.models else {})
    )
    if args.json:
        write_json(reply.body)
    else:
        spend_text.show_estimate(reply.read())
    return exit_codes.DONE


def show(report: SpendReport, *, chart: bool = False) -> None:
    """The report for a person, and the budgets below."""
    if chart and report.rows:
        spend_text.show_chart(report)
    else:
        spend_text.show_rows(report)
    if report.by in spend_text.EACH and report.details is not None and report.rows:
        spend_text.show_each(report)
    if report.details is not None:
        spend_text.show_details(report.details)
    if report.savings is not None:
        spend_text.show_savings(report.savings)
    if report.cached is not None:
        spend_text.show_cached(report.cached)
    write("")
    windows = (*report.view.windows, *report.view.scoped)
    pairs((window_name(window), window_text(window)) for window in windows)


def write_csv(report: SpendReport) -> None:
    """The rows, and those that are not told as one; they add up to the total, but for tags."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([report.by, *_COLUMNS])
    for row in report.rows:
        writer.writerow([_cell(row.group), *_figures(row)])
    if report.rest is not None:
        writer.writerow([spend_text.OTHERS, *_figures(report.rest)])


def _figures(row: SpendRow) -> tuple[object, ...]:
    """In the order of the columns."""
    return (
        row.requests,
        row.attempts,
        row.input_tokens,
        row.output_tokens,
        _dollars(row.cost_nano),
        _dollars(row.estimated_nano),
        _dollars(row.energy_nano),
        f"{row.energy_mj / 1000:.3f}",
    )


def _cell(text: str) -> str:
    """A name that a spreadsheet does not run: labels come from whoever asked."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def _dollars(nano: int) -> str:
    whole, part = divmod(nano, 1_000_000_000)
    return f"{whole}.{part:09d}"
