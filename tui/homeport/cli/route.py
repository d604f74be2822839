"""`homeport route`: where a prompt would go, and why, without asking."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.decision_text import write_candidates, write_needs, write_plan, write_rules
from homeport.cli.output import talk, write, write_json
from homeport.cli.prompting import (
    ask_request,
    model_argument,
    prompt_arguments,
)
from homeport.cli.strategy_options import strategy_arguments, strategy_fields
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.wire import Why


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `route`, which are those of a prompt."""
    prompt_arguments(parser)
    model_argument(parser)
    strategy_arguments(parser)


def run(args: Namespace) -> int:
    """Prints the decision; refused by every gate is a status of its own."""
    request = ask_request(args) | strategy_fields(args)
    reply = ensure_daemon(talk).post("route", request)
    why: Why = reply.read()
    if args.json:
        write_json(reply.body)
    else:
        _show(why)
    return _status(why)


def _status(why: Why) -> int:
    last = why.steps[-1] if why.steps else None
    if last is None or not (last.order or last.vetoes):
        return exit_codes.NOTHING_ANSWERED
    return exit_codes.DONE if last.order else exit_codes.REFUSED


def _show(why: Why) -> None:
    for step in why.steps[-1:]:
        first = step.order[0] if step.order else None
        where = f"{first.place} {first.model}" if first else "nowhere"
        write(f"{where} · {step.because}")
        write_plan(step)
        write_rules(step)
        write_candidates(step)
    write_needs(why.ask)
