"""`homeport feedback`: what an answer was worth, so that the next one goes to the right model."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.output import write, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client.connection import Connection

if TYPE_CHECKING:
    from homeport.client.wire import FeedbackReply

VERDICTS = ("up", "down", "edit")
STANDARD_INPUT = "-"


class Unreadable(LocalTrouble):
    """A text cannot be read."""


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `feedback`."""
    add = parser.add_argument
    add("verdict", choices=VERDICTS, help="what it was worth; edit: what became of it")
    add("id", nargs="?", default="last", metavar="ID", help="an id, the start of one, or `last`")
    add("edited", nargs="?", metavar="FILE", help="of edit: the edited text; - is standard input")
    add("--original", metavar="FILE", help="of edit: the answer as it was given")
    add("--similarity", type=float, metavar="S", help="in place of both: how much was kept, 0 to 1")
    add("--answer", type=int, metavar="N", help="which of several answers, counted from 0")


def run(args: Namespace) -> int:
    """Sends the verdict, and says what was learned."""
    body: dict[str, Any] = {"decision": args.id, "verdict": args.verdict}
    if args.answer is not None:
        body["answer"] = args.answer
    if args.verdict == "edit":
        body |= _edit(args)
    elif args.edited or args.original or args.similarity is not None:
        raise WrongUse(f"homeport feedback {args.verdict} takes an id and no texts.")
    reply = Connection().post("feedback", body)
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def show(reply: FeedbackReply) -> None:
    """What it changed."""
    kept = "" if reply.kept is None else f", {reply.kept * 100:.0f} % kept"
    write(f"Noted: {reply.verdict}{kept}, for {reply.model} at {reply.task}.")
    change = f"{reply.before:.2f} before, {reply.after:.2f} now"
    write(f"Expected of it for such a prompt: {change} ({reply.source}).")


def _edit(args: Namespace) -> dict[str, Any]:
    """What says how much was kept."""
    if args.similarity is not None:
        return {"similarity": args.similarity}
    if not (args.edited and args.original):
        raise WrongUse(
            "Write: homeport feedback edit ID --original ANSWER.txt EDITED.txt"
            " (or --similarity 0.8)"
        )
    return {"original": _text(args.original), "edited": _text(args.edited)}


def _text(name: str) -> str:
    try:
        if name == STANDARD_INPUT:
            return sys.stdin.read()
        return Path(name).read_text("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{name} cannot be read: it is not UTF-8.") from None
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}.") from None
