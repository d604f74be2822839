"""`homeport stats`: how requests went, by model, task or strategy."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import table, write, write_json
from homeport.cli.prompting import positive
from homeport.client.connection import Connection
from homeport.client.units import duration, money

if TYPE_CHECKING:
    from homeport.client.wire import StatRow, StatsReport

GROUPS = ("model", "task", "strategy")


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `stats`."""
    add = parser.add_argument
    add("--by", choices=GROUPS, default="model", help="what a row is (default: model)")
    add("--days", type=positive, default=7, metavar="N", help="how far back (default: 7)")


def run(args: Namespace) -> int:
    """Prints the report."""
    reply = Connection().get("stats", by=args.by, days=args.days)
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def show(report: StatsReport) -> None:
    """The groups as a table."""
    if not report.rows:
        write("Nothing was asked in this time.")
        return
    columns = (
        *(report.by, "prompts", "errors", "first token"),
        *("p50", "p95", "tokens/s", "cost", "satisfied"),
    )
    table(columns, [_row(row) for row in report.rows], right="lrrrrrrrr")
    cached = sum(row.cached or 0 for row in report.rows)
    if cached:
        share = cached / sum(row.requests for row in report.rows)
        saved = money(sum(row.saved_nano or 0 for row in report.rows))
        write("")
        write(
            f"From the cache: {cached:,} of the answers ({share:.0%} of the prompts); when they"
            f" were made they cost {saved}."
        )


def _row(row: StatRow) -> tuple[str, ...]:
    return (
        row.group or "(none)",
        f"{row.requests:,}",
        f"{row.failed * 100 / row.requests:.1f} %",
        duration(row.first_token_ms),
        duration(row.p50_ms),
        duration(row.p95_ms),
        "?" if row.tokens_per_s is None else f"{row.tokens_per_s:.1f}",
        money(row.cost_nano, certain=not row.unknown_costs),
        "?" if row.satisfaction is None else f"{row.satisfaction * 100:.0f} %",
    )
