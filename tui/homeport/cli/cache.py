"""`homeport cache`: the answers that may be given again, by model; and forgetting them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import pairs, table, talk, write, write_json
from homeport.cli.refusal import WrongUse
from homeport.client.start import ensure_daemon
from homeport.client.units import day_and_clock, duration, money, size

if TYPE_CHECKING:
    from homeport.client.wire import CacheReport, CacheRow


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `cache`."""
    add = parser.add_argument
    add("action", nargs="?", choices=("show", "clear"), default="show", help="show is the default")
    add("id", nargs="?", metavar="ID", help="clear: forget the answer of this request alone")


def run(args: Namespace) -> int:
    """Shows what is kept, or forgets it."""
    if args.action == "show" and args.id is not None:
        raise WrongUse("Write: homeport cache show; or: homeport cache clear ID")
    connection = ensure_daemon(talk)
    if args.action == "show":
        reply = connection.get("cache")
    else:
        reply = connection.post("cache", {"forget": args.id} if args.id else {"clear": True})
    if args.json:
        write_json(reply.body)
    elif args.action == "show":
        show(reply.read())
    else:
        count = reply.read().forgotten
        write(f"{count:,} {'answer is' if count == 1 else 'answers are'} forgotten.")
    return exit_codes.DONE


def show(report: CacheReport) -> None:
    """What is kept by model, what it was good for, and what may be kept."""
    if report.rows:
        columns = ("model", "answers", "size", "given again", "saved", "oldest", "last used")
        table(columns, [_row(row) for row in report.rows], right="lrrrr")
    else:
        write("No answer is kept.")
    write("")
    pairs(
        [
            ("same prompt", _is_on(report)),
            ("near prompts", _nearness(report)),
            ("kept for", duration(report.ttl_s * 1000)),
            ("at most", f"{report.most_answers:,} answers, {size(report.most_bytes)}"),
            ("since the start", _since_the_start(report)),
            ("file", report.path),
            ("trouble", report.trouble),
        ]
    )


def _row(row: CacheRow) -> tuple[str, ...]:
    return (
        row.model,
        f"{row.answers:,}",
        size(row.bytes),
        f"{row.hits:,}",
        money(row.saved_nano),
        day_and_clock(row.oldest_ms),
        day_and_clock(row.used_ms),
    )


def _is_on(report: CacheReport) -> str:
    if report.exact:
        return "on"
    return "off, but for prompts that say `on` (cache.exact)"


def _nearness(report: CacheReport) -> str:
    if not report.near:
        return "off (cache.near)"
    return f"on, with {report.near_embedding}" if report.near_embedding else "on, by words alone"


def _since_the_start(report: CacheReport) -> str:
    looked = report.hits + report.near_hits + report.misses
    share = f" ({(looked - report.misses) / looked:.0%} were there)" if looked else ""
    given = f"{report.hits:,} given again, {report.near_hits:,} of near prompts"
    return f"{given}, {report.misses:,} not there{share}, {money(report.saved_nano)} saved"
