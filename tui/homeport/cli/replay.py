"""`homeport replay`: what another policy would have done with the prompts of the last days."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import heading, pairs, table, talk, write, write_json
from homeport.cli.refusal import LocalTrouble
from homeport.client.start import ensure_daemon
from homeport.client.units import duration, money

if TYPE_CHECKING:
    from homeport.client.wire import Figure, ReplayFigure, ReplayReport

UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
MOST_S = 3660 * 86_400


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `replay`."""
    add = parser.add_argument
    add("--policy", required=True, metavar="POLICY", help="a policy's name, a mode, or a FILE.toml")
    since = "how far back: 30d (the default), 12h, 2w"
    add("--since", type=seconds, default=seconds("30d"), metavar="TIME", help=since)


def run(args: Namespace) -> int:
    """Prints the comparison."""
    wanted: dict[str, object] = {"since_s": args.since}
    if args.policy.endswith(".toml") or Path(args.policy).is_file():
        try:
            text = Path(args.policy).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "it is not UTF-8")
            raise LocalTrouble(f"{args.policy} cannot be read: {reason}.") from None
        wanted |= {"text": text, "path": args.policy}
    else:
        wanted["policy"] = args.policy
    reply = ensure_daemon(talk).post("replay", wanted)
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def seconds(text: str) -> int:
    """`30d`, `12h` or `2w` as seconds."""
    match = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    found = int(match[1]) * UNITS[match[2]] if match else 0
    if not 0 < found <= MOST_S:
        raise ArgumentTypeError(f"{text!r} is no time; write 30d, 12h or 2w")
    return found


def show(report: ReplayReport) -> None:
    """The comparison as a person reads it."""
    prompts = "1 prompt" if report.prompts == 1 else f"{report.prompts:,} prompts"
    write(f"{report.policy} over {prompts} (in force now: {report.against})")
    write(report.sentence)
    if report.prompts:
        _show_shares(report)
        _show_figures(report)
        _show_moves(report)
    if report.left_out:
        heading("left out")
        pairs((f"{count:,}", why) for why, count in report.left_out)


def _show_shares(report: ReplayReport) -> None:
    heading("prompts")
    pairs(
        [
            ("same way", _share(report.same)),
            ("private and let out", f"{report.private_out:,}"),
            ("kept home then, out here", _share(report.opened)),
            ("refused then", _share(report.refused_then)),
            ("refused here", _share(report.refused)),
        ]
    )


def _show_figures(report: ReplayReport) -> None:
    heading("on average a prompt, with 95 % intervals")
    rows = [
        (
            figure.name,
            _told(figure.name, figure.then),
            _told(figure.name, figure.other),
            _told(figure.name, figure.difference, signed=True),
            _told(figure.name, figure.seen),
            _told(figure.name, figure.seen_same),
        )
        for figure in report.figures
    ]
    columns = ("", "then", "here", "difference", "seen", "seen on the same way")
    table(columns, rows)
    for figure in report.figures:
        _show_weighted(figure)
    if report.overlap:
        write("")
        write(report.overlap)


def _show_weighted(figure: ReplayFigure) -> None:
    for name, found in (("weighted", figure.weighted), ("doubly robust", figure.doubly_robust)):
        if found is not None:
            write(f"{figure.name}, {name}: {_told(figure.name, found)}")


def _show_moves(report: ReplayReport) -> None:
    if report.moved:
        heading("would go elsewhere")
        rows = [
            (move.there or "nobody", move.here or "nobody", move.count) for move in report.moved
        ]
        table(("then", "here", "prompts"), rows, right="llr")


def _share(figure: Figure | None) -> str:
    if figure is None:
        return ""
    between = ""
    if figure.low is not None and figure.high is not None:
        between = f" ({figure.low * 100:.1f} to {figure.high * 100:.1f})"
    return f"{figure.value * 100:.1f} %{between}"


def _told(name: str, figure: Figure | None, *, signed: bool = False) -> str:
    if figure is None:
        return "unknown"
    value = _value(name, figure.value, signed=signed)
    if figure.low is None or figure.high is None:
        return f"{value} ({figure.rows} only)"
    low, high = (_value(name, end, signed=signed) for end in (figure.low, figure.high))
    return f"{value} ({low} to {high})" if low != high else value


def _value(name: str, value: float, *, signed: bool) -> str:
    sign = ("-" if value < 0 else "+") if signed else ("-" if value < 0 else "")
    if name == "cost":
        return f"{sign}{money(round(abs(value)))}"
    if name == "time":
        return f"{sign}{duration(abs(value))}"
    return f"{sign}{abs(value):.3f}"
