"""`homeport ask`: one prompt, its answer as it comes, and one line about it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.ask_line import advice, where_why_cost
from homeport.cli.output import json_text, safe, talk, write_answer, write_json
from homeport.cli.prompting import EmptyPrompt, UnreadableFile, ask_request, prompt_arguments
from homeport.cli.whole_file import WholeFile
from homeport.client.connection import Connection
from homeport.client.errors import BrokenAnswer, ClientError, DaemonError
from homeport.client.records import read
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.wire import AskResult

_NEAREST = 3


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `ask`."""
    prompt_arguments(parser)
    add = parser.add_argument
    add("--output", metavar="FILE", help="write the answer to a file, whole or not at all")
    add("--no-stream", action="store_true", help="print the answer when it is whole")
    add("-q", "--quiet", action="store_true", help="no line about the answer")


def run(args: Namespace) -> int:
    """Asks, prints, and tells on stderr where it ran and what it cost."""
    try:
        request = ask_request(args)
    except (EmptyPrompt, UnreadableFile) as error:
        talk(error.sentence)
        return exit_codes.USAGE
    if args.output is None:
        return _answer(args, request, None)
    with WholeFile(args.output) as file:
        return _answer(args, request, file)


def _answer(args: Namespace, request: dict[str, Any], file: WholeFile | None) -> int:
    connection = ensure_daemon(talk)
    try:
        result = _ask(connection, request, _printer(args), args.quiet)
    except DaemonError as error:
        _name_nearest_models(connection, request["model"], error)
        raise
    except KeyboardInterrupt:
        talk("\nCancelled.")
        raise
    _print_whole(args, result, file)
    if not args.quiet:
        _tell(result)
    return exit_codes.DONE


def _ask(
    connection: Connection,
    request: dict[str, Any],
    show: Callable[[str], None],
    quiet: bool,
) -> AskResult:
    progress = Progress(quiet)
    with connection.stream("POST", "ask", request) as stream:
        for event in _events(iter(stream)):
            if event.type == "text":
                progress.clear()
                show(event.text)
            elif event.type == "status":
                progress.show(event.sentence)
            elif event.type == "done":
                progress.clear()
                return event.result  # type: ignore[no-any-return]
            elif event.type == "error":
                progress.clear()
                raise DaemonError.from_trouble(event.error, stream.status)
    raise BrokenAnswer("The daemon ended before the answer did. Look at: homeport logs -n 20")


def _events(lines: Iterator[bytes]) -> Iterator[Any]:
    for line in lines:
        try:
            yield read(line)
        except ValueError:
            raise BrokenAnswer("The daemon sent a line that is not JSON.") from None


def _printer(args: Namespace) -> Callable[[str], None]:
    """What is done with each piece of the answer while it comes."""
    if args.json or args.no_stream or args.output is not None:
        return _keep_silent
    return write_answer


def _keep_silent(_piece: str) -> None:
    """What is printed comes when the answer is whole."""


def _print_whole(args: Namespace, result: AskResult, file: WholeFile | None) -> None:
    if file is not None:
        file.keep(json_text(result) if args.json else result.response)
    elif args.json:
        write_json(result)
    else:
        shown = result.response if args.no_stream else ""
        write_answer(shown + ("" if result.response.endswith("\n") else "\n"))


def _tell(result: AskResult) -> None:
    talk(where_why_cost(result))
    if said := advice(result):
        talk(said)


def _name_nearest_models(connection: Connection, asked: str, error: DaemonError) -> None:
    """Adds the nearest names to the sentence about an unknown model that has none."""
    if error.blame != "caller" or (error.status != 404 and error.param != "model"):
        return
    from difflib import get_close_matches

    try:
        known = [model.id for model in connection.get("models").read().models]
    except ClientError:
        return
    names = {name: name for name in known} | {name.partition("/")[2]: name for name in known}
    nearest = [names[name] for name in get_close_matches(asked, names, n=_NEAREST, cutoff=0.4)]
    if nearest and not any(name in error.sentence for name in nearest):
        error.sentence += f" Nearest: {', '.join(dict.fromkeys(nearest))}."
    if "homeport models" not in error.sentence:
        error.sentence += " All of them: homeport models"


class Progress:
    """One passing line on a terminal's stderr until the first word comes."""

    def __init__(self, quiet: bool) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._shown = False
        self._answering = False

    def show(self, sentence: str) -> None:
        """Replaces the line; while the answer runs it would only tear it apart."""
        if not self._wanted or not sentence or self._answering:
            return
        sys.stderr.write(f"\r\x1b[K{safe(sentence)}")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Takes the line away."""
        self._answering = True
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
