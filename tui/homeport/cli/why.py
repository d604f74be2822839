"""`homeport why`: everything about one decision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.decision_text import (
    write_attempts,
    write_branches,
    write_cache,
    write_candidates,
    write_checks,
    write_needs,
    write_plan,
    write_qualities,
    write_rules,
    write_terms,
)
from homeport.cli.output import heading, pairs, write, write_json
from homeport.cli.refusal import WrongUse
from homeport.client.connection import Connection, quoted
from homeport.client.units import day_and_clock, duration, money

if TYPE_CHECKING:
    from homeport.client.wire import RequestView, Why

_REPLAY = {
    "identical": "Replayed: the same measurements give the identical decision.",
    "different": "Replayed: the result differs, which is a fault; it is shown as stored.",
    "other-version": "Decided by another version of the engine; it is shown as stored.",
    "not-logged": "Its measurements were not logged, so it cannot be replayed.",
}


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `why`."""
    help_text = "an id, the start of one, or `last` (the default)"
    parser.add_argument("id", nargs="?", default="last", metavar="ID", help=help_text)


def run(args: Namespace) -> int:
    """Prints the decision as it was stored."""
    if not args.id:
        raise WrongUse("Write: homeport why ID, or: homeport why last")
    reply = Connection().get(f"decisions/{quoted(args.id)}")
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def show(why: Why) -> None:
    """The decision as a person reads it, from the prompt's needs to its cost."""
    request = why.request
    write(f"{request.id}  {day_and_clock(request.at_ms)}  {request.state}{_by(request)}")
    write(_headline(request))
    write_needs(why.ask)
    for step in why.steps:
        if step.branch:
            continue
        write_plan(step)
        if step.after:
            heading(f"after a failure: {step.after}")
            write(step.because)
        write_rules(step)
        write_candidates(step)
        write_qualities(step)
        write_terms(step)
    write_cache(request)
    write_branches(why)
    write_checks(request)
    write_attempts(request)
    heading("outcome")
    pairs(_outcome(request))
    _write_what_if(why)
    write("")
    write(_REPLAY.get(why.replay, why.replay))


def _by(request: RequestView) -> str:
    return f"  asked by {request.client}" if request.client else ""


def _headline(request: RequestView) -> str:
    where = f"{request.place} {request.model}".strip()
    return f"{where}: {request.because}" if request.because else where


def _outcome(request: RequestView) -> list[tuple[str, str]]:
    tokens = "" if request.output_tokens is None else _counted(request)
    return [
        ("error", request.error),
        ("strategy", request.strategy),
        ("policy", request.mode),
        ("time", _times(request)),
        ("tokens", tokens),
        ("confidence", _confidence(request)),
        ("your word", request.verdict or ""),
        ("cost", money(request.cost_nano, certain=request.certain)),
    ]


def _counted(request: RequestView) -> str:
    read_tokens = "?" if request.input_tokens is None else f"{request.input_tokens:,}"
    return f"{read_tokens} in, {request.output_tokens:,} out"


def _confidence(request: RequestView) -> str:
    """Such as `0.82, calibrated on 140 answers, error 0.04`."""
    if request.confidence is None:
        return ""
    note = f", {request.confidence_note}" if request.confidence_note else ""
    return f"{request.confidence:.2f}{note}"


def _times(request: RequestView) -> str:
    if request.total_ms is None:
        return ""
    first = request.first_token_ms
    tail = "" if first is None else f", first token {duration(first)}"
    return duration(request.total_ms) + tail


def _write_what_if(why: Why) -> None:
    if why.what_if:
        heading("what if")
        pairs((mode, sentence) for mode, sentence in why.what_if)
