"""`homeport ask`: one prompt, its answer as it comes, and one line about it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.answering import KeptForLater, answer, name_nearest_models
from homeport.cli.ask_line import advice, how_it_was_made, where_why_cost
from homeport.cli.output import end_broken_line, json_text, talk, write_answer, write_json
from homeport.cli.progress import Progress
from homeport.cli.prompting import (
    ask_request,
    model_argument,
    on_cut_argument,
    prompt_arguments,
    refuse_restart_of_what_shows,
)
from homeport.cli.strategy_options import strategy_arguments, strategy_fields
from homeport.cli.whole_file import WholeFile
from homeport.client.errors import ClientError
from homeport.client.start import ensure_daemon

if TYPE_CHECKING:
    from homeport.client.wire import AskResult, OutboxItem


RAISE = "homeport budget raise"
"""Stands in what the daemon says of a prompt that waits at a limit."""


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `ask`."""
    prompt_arguments(parser)
    model_argument(parser)
    strategy_arguments(parser)
    on_cut_argument(parser)
    add = parser.add_argument
    add(
        "--output",
        metavar="FILE",
        help="write the answer to a file, whole or not at all; all about it as JSON where the name "
        "ends in .json",
    )
    add("--when-online", action="store_true", help="keep it until the link is there, if it has to")
    add("--later", action="store_true", help="keep it until the hours of outbox.off_peak")
    add("--no-stream", action="store_true", help="print the answer when it is whole")
    add("-q", "--quiet", action="store_true", help="no line about the answer")


def run(args: Namespace) -> int:
    """Asks, prints, and tells on stderr where it ran and what it cost."""
    shows = _printer(args) is write_answer
    refuse_restart_of_what_shows(args, shows=shows, instead="--no-stream")
    request = ask_request(args) | strategy_fields(args) | _deferred(args)
    if args.output is None:
        return _answer(args, request, None)
    with WholeFile(args.output) as file:
        return _answer(args, request, file)


def _answer(args: Namespace, request: dict[str, Any], file: WholeFile | None) -> int:
    connection = ensure_daemon(talk)
    progress, show = Progress(wanted=not args.quiet), _printer(args)
    shown = ""

    def text(piece: str, number: int) -> None:
        nonlocal shown
        progress.end()
        if number == 0:
            show(piece)
            shown = piece if show is write_answer else ""

    try:
        result = answer(
            connection, request, text=text, status=lambda event: _say(event.sentence, progress)
        )
    except KeptForLater as kept:
        progress.end()
        return _tell_of_the_outbox(args, kept)
    except ClientError as error:
        end_broken_line(shown)
        name_nearest_models(connection, request["model"], error)
        raise
    except KeyboardInterrupt:
        talk("\nCancelled.")
        raise
    finally:
        progress.end()
    _print_whole(args, result, file)
    if not args.quiet:
        if args.when_online:
            talk("It could be answered now, so it was not kept.")
        _tell(result)
    return exit_codes.DONE


def _say(sentence: str, progress: Progress) -> None:
    """What waits for the person's word is said for good; all else is a passing line."""
    if RAISE in sentence:
        progress.clear()
        talk(sentence)
    else:
        progress.show(sentence)


def _deferred(args: Namespace) -> dict[str, str]:
    """Until when it may be kept."""
    if args.later:
        return {"defer": "off-peak"}
    return {"defer": "online"} if args.when_online else {}


def _tell_of_the_outbox(args: Namespace, kept: KeptForLater) -> int:
    if args.json:
        write_json(kept.item)
    if not args.quiet:
        talk(f"Kept as {kept.item.id}: {kept.sentence}")
        talk(_what_next(kept.item))
    return exit_codes.KEPT


def _what_next(item: OutboxItem) -> str:
    if item.state == "uncertain":
        return f"To send it again: homeport outbox retry {item.id}"
    return f"Once it is answered: homeport outbox show {item.id}"


def _printer(args: Namespace) -> Callable[[str], None]:
    """What is done with each piece of the answer while it comes."""
    whole = args.json or args.no_stream or args.strategy == "compare"
    if whole or args.output is not None:
        return _keep_silent
    return write_answer


def _keep_silent(_piece: str) -> None:
    """What is printed comes when the answer is whole."""


def _print_whole(args: Namespace, result: AskResult, file: WholeFile | None) -> None:
    if file is not None:
        as_json = args.json or args.output.lower().endswith(".json")
        file.keep(json_text(result) if as_json else result.response)
    elif args.json:
        write_json(result)
    elif args.strategy == "compare":
        from homeport.cli.compare_text import write_answers

        write_answers(result)
    else:
        shown = result.response if args.no_stream else ""
        write_answer(shown + ("" if result.response.endswith("\n") else "\n"))


def _tell(result: AskResult) -> None:
    for said in (where_why_cost(result), how_it_was_made(result), advice(result)):
        if said:
            talk(said)
