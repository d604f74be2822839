"""`homeport compare`: one prompt, several models side by side, and which was best."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from homeport.cli import exit_codes
from homeport.cli.answering import answer, name_nearest_models
from homeport.cli.compare_text import (
    answers_of,
    report,
    summary,
    whole_number,
    write_answers,
)
from homeport.cli.output import json_text, one_line, talk, write_json
from homeport.cli.progress import Progress
from homeport.cli.prompting import ask_request, prompt_arguments
from homeport.cli.strategy_options import names
from homeport.cli.whole_file import WholeFile
from homeport.client.connection import Connection
from homeport.client.errors import ClientError, DaemonError
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.wire import AskResult


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `compare`."""
    prompt_arguments(parser)
    add = parser.add_argument
    add(
        "--models",
        type=names,
        metavar="NAMES",
        help="who answers: a,b,c (without it, the best that may)",
    )
    add(
        "--output",
        metavar="FILE",
        help="write a report in Markdown, whole or not at all; all about it as JSON where the name "
        "ends in .json",
    )


def run(args: Namespace) -> int:
    """Asks all at once, prints every answer, and lets a person at a terminal pick one."""
    request = ask_request(args) | {"strategy": "compare"}
    if args.models:
        request["models"] = args.models
    with nullcontext() if args.output is None else WholeFile(args.output) as file:
        return _compare(args, request, file)


def _compare(args: Namespace, request: dict[str, Any], file: WholeFile | None) -> int:
    connection = ensure_daemon(talk)
    board = Board(args.models or [])
    try:
        result = answer(connection, request, text=board.text, status=board.status)
    except DaemonError as error:
        name_nearest_models(connection, ",".join(args.models or ()), error)
        raise
    except KeyboardInterrupt:
        talk("\nCancelled.")
        raise
    finally:
        board.progress.end()
    picked = _shown(args, connection, result)
    if file is not None:
        as_json = args.output.lower().endswith(".json")
        file.keep(json_text(result) if as_json else report(result, request["prompt"], picked))
    answered = any(each.ok for each in answers_of(result))
    return exit_codes.DONE if answered else exit_codes.NOTHING_ANSWERED


def _shown(args: Namespace, connection: Connection, result: AskResult) -> int | None:
    """Prints the answers; gives the one that was picked, counted from 0."""
    if args.json:
        write_json(result)
        return None
    write_answers(result)
    talk(summary(result))
    named = len(args.models or ())
    if named != len(answers_of(result)) and (said := _who_and_why(connection, result)):
        talk(said)
    return _pick(connection, result)


def _who_and_why(connection: Connection, result: AskResult) -> str:
    """Who was asked, and why others were not."""
    try:
        first = connection.get(f"decisions/{quote(result.decision, safe='')}").read().steps[0]
    except (ClientError, LookupError, TypeError):
        return ""
    return one_line(first.plan.why) if first.plan else ""


class Board:
    """How far each answer is, as one passing line."""

    def __init__(self, models: list[str]) -> None:
        self.progress = Progress()
        self._models = models
        self._letters: dict[int, int] = {}

    def __repr__(self) -> str:
        return f"Board({self._line()})"

    def text(self, piece: str, number: int) -> None:
        """More of one answer."""
        self._letters[number] = self._letters.get(number, 0) + len(piece)
        self.progress.show(self._line())

    def status(self, event: Any) -> None:
        """What happens beside the answers."""
        self.progress.show(self._line() if self._letters else event.sentence or "")

    def _line(self) -> str:
        count = max(len(self._models), *self._letters, 0)
        return " · ".join(
            f"{self._name(number)} {self._letters.get(number, 0)} letters"
            for number in range(max(count, 1))
        )

    def _name(self, number: int) -> str:
        return self._models[number] if number < len(self._models) else f"answer {number + 1}"


def _pick(connection: Connection, result: AskResult) -> int | None:
    """The number, from 0, of the answer that a person at a terminal says was best."""
    able = [number for number, each in enumerate(answers_of(result)) if each.ok]
    if len(able) < 2 or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    listed = ", ".join(str(number + 1) for number in able)
    try:
        sys.stderr.write(f"Which was best ({listed}; Enter for none)? ")
        sys.stderr.flush()
        typed = sys.stdin.readline().strip()
    except KeyboardInterrupt:
        talk("")
        return None
    if not typed.isdecimal() or int(typed) - 1 not in able:
        return None
    picked = int(typed) - 1
    _tell_the_daemon(connection, result, answers_of(result)[picked].model)
    return picked


def _tell_the_daemon(connection: Connection, result: AskResult, model: str) -> None:
    """That this one was best."""
    said: dict[str, Any] = {"decision": result.decision, "verdict": "up"}
    number = whole_number(result, model)
    if number is not None:
        said["answer"] = number
    try:
        connection.post("feedback", said)
    except ClientError as error:
        talk(error.sentence)
    else:
        talk(f"Noted: {one_line(model)} was best.")
