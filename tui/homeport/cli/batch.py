"""`homeport batch FILE`: many prompts at once, kept by the daemon until they are answered."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from homeport.cli import exit_codes
from homeport.cli.batch_file import SHOWN_FAULTS, BatchFile, read_batch
from homeport.cli.batch_output import result_row
from homeport.cli.outbox import every_item
from homeport.cli.output import talk, write_answer, write_json
from homeport.cli.progress import Progress
from homeport.cli.prompting import text_of
from homeport.cli.refusal import WrongUse
from homeport.cli.whole_file import WholeFile
from homeport.client.connection import Connection
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.client.start import ensure_daemon

LINES_AT_ONCE = 200
BYTES_AT_ONCE = 4 * 1024 * 1024
LEAST_POLL_S = 0.5
PATIENCE_S = 10.0
"""For a daemon that is restarted."""
LINES_A_POLL_S = 500
"""More lines are looked at less often."""
ON_THEIR_WAY = ("queued", "sending")

T = TypeVar("T")


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `batch`."""
    add = parser.add_argument
    add("file", metavar="FILE", help="lines of OpenAI's batches, or of a prompt each")
    add("--output", metavar="FILE", help="write the results there, whole or not at all")
    add("--model", default="auto", metavar="NAME", help="whom plain prompts are for")
    add("--off-peak", action="store_true", help="send them in the hours of outbox.off_peak alone")
    add("--no-wait", action="store_true", help="put them there, and leave")


def run(args: Namespace) -> int:
    """Puts every line into the outbox, waits, and writes the results in the file's order."""
    batch = read_batch(text_of(args.file), args.model)
    if batch.faults or not batch.lines:
        raise WrongUse("\n".join(_why_not(args.file, batch)))
    connection = ensure_daemon(talk)
    if args.output is None or args.no_wait:
        return _put_and_gather(connection, args, batch, None)
    with WholeFile(args.output) as file:
        return _put_and_gather(connection, args, batch, file)


def _why_not(name: str, batch: BatchFile) -> list[str]:
    """What is wrong with the file, a sentence each."""
    if not batch.faults:
        return [f"{name} has no prompts in it."]
    hidden = len(batch.faults) - SHOWN_FAULTS
    more = [f"And {hidden} more."] if hidden > 0 else []
    return [*batch.faults[:SHOWN_FAULTS], *more, f"Nothing of {name} was sent."]


def _put_and_gather(
    connection: Connection, args: Namespace, batch: BatchFile, file: WholeFile | None
) -> int:
    added = _put(connection, args, batch)
    known = len(batch.lines) - added
    again = f", {known} {'was' if known == 1 else 'were'} there already" if known else ""
    added_now = "1 prompt is" if added == 1 else f"{added} prompts are"
    talk(f"{added_now} put into the outbox{again} (homeport outbox list {batch.name[:12]}).")
    if args.no_wait:
        if args.json:
            write_json({"batch": batch.name, "added": added, "known": known})
        return exit_codes.DONE
    try:
        items = _waited_for(connection, batch)
    except KeyboardInterrupt:
        talk("\nThey stay in the outbox and are sent; the same command gathers the answers.")
        raise
    return _gather(connection, batch, items, file)


def _put(connection: Connection, args: Namespace, batch: BatchFile) -> int:
    added = 0
    when = "off-peak" if args.off_peak else "online"
    for lines in _portions(batch.lines):
        order = {"batch": batch.name, "when": when, "lines": lines}
        added += connection.post("outbox", order).read().added
    return added


def _portions(lines: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many lines at once as go into one request."""
    portion: list[dict[str, Any]] = []
    size = 0
    for line in lines:
        length = len(json.dumps(line))
        if portion and (len(portion) >= LINES_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield portion
            portion, size = [], 0
        portion.append(line)
        size += length
    yield portion


def _waited_for(connection: Connection, batch: BatchFile) -> list[Any]:
    """Every item of the file, once none is on its way any more."""
    progress = Progress()
    try:
        while True:
            items = _patiently(lambda: every_item(connection, batch.name))
            if not any(item.state in ON_THEIR_WAY for item in items):
                return items
            outbox = _patiently(lambda: connection.get("outbox", limit=1).read().outbox)
            progress.show(how_far(items, outbox.sentence))
            time.sleep(max(LEAST_POLL_S, len(items) / LINES_A_POLL_S))
    finally:
        progress.end()


def _patiently(ask: Callable[[], T]) -> T:
    """What the daemon answers; one that is restarted meanwhile is waited for."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except DaemonError as refused:
            if not refused.is_stopping:
                raise
            until = time.monotonic() + PATIENCE_S  # it says itself that it goes
        except (NoDaemon, BrokenAnswer) as gone:
            if time.monotonic() > until:
                gone.sentence += " The prompts stay in the outbox; the same command goes on."
                raise
        time.sleep(LEAST_POLL_S)


def how_far(items: list[Any], sentence: str) -> str:
    """Such as `31 of 50 answered, 1 failed, 18 queued: The link came back a moment ago.`"""
    counts = Counter(item.state for item in items)
    states = ("failed", "uncertain", "cancelled", "sending", "queued")
    others = [f"{counts[state]} {state}" for state in states if counts[state]]
    said = f"{counts['answered']} of {len(items)} answered"
    why = f": {sentence}" if sentence and counts["queued"] else ""
    return ", ".join([said, *others]) + why


def _gather(
    connection: Connection, batch: BatchFile, items: list[Any], file: WholeFile | None
) -> int:
    by_line = {item.custom_id: item for item in items}
    rows, forgotten = [], 0
    for line in batch.lines:
        item = by_line.get(line["custom_id"])
        if item is None:
            rows.append(result_row(line["custom_id"], None))
            continue
        detail = _detail(connection, item.id)
        if item.state == "answered" and detail["answer"] is None:
            forgotten += 1
        else:
            rows.append(result_row(line["custom_id"], detail))
    if file is None:
        write_answer("".join(rows))
    else:
        file.keep("".join(rows))
    _patiently(lambda: connection.post(f"outbox/{batch.name}", {"action": "read"}))
    return _tell(batch, items, forgotten)


def _detail(connection: Connection, item: str) -> dict[str, Any]:
    """All about an item, with its answer."""
    return dict(json.loads(_patiently(lambda: connection.get(f"outbox/{item}").body)))


def _tell(batch: BatchFile, items: list[Any], forgotten: int) -> int:
    talk(how_far(items, ""))
    if forgotten:
        talk(
            f"{forgotten} answers were gathered before and are forgotten; to ask anew: "
            f"homeport outbox drop {batch.name[:12]}, then the same command."
        )
    if any(item.state == "uncertain" for item in items):
        talk("What is uncertain may have been answered and paid for: homeport outbox")
    whole = all(item.state == "answered" for item in items) and not forgotten
    return exit_codes.DONE if whole else exit_codes.FAILED
