"""`homeport outbox`: prompts that are kept until they can be sent, and their answers."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.outbox_text import answer_text, item_rows, row_of
from homeport.cli.output import pairs, table, talk, write, write_answer, write_json
from homeport.cli.refusal import WrongUse
from homeport.cli.status import outbox_text
from homeport.client.connection import Connection, quoted

if TYPE_CHECKING:
    from homeport.client.wire import OutboxItem

ACTIONS = ("list", "show", "retry", "drop")
COLUMNS = ("item", "state", "since", "client", "model", "what is known")
PAGE = 1000


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `outbox`."""
    add = parser.add_argument
    add("action", nargs="?", choices=ACTIONS, default="list", help="list is the default")
    add("ids", nargs="*", metavar="ID", help="the start of an item's id, or of a file's name")
    add("--all", action="store_true", help="list answers that were read too")


def run(args: Namespace) -> int:
    """Lists the items, shows one with its answer, or does what was said to some."""
    if args.action != "list" and not (args.ids and all(args.ids)):
        said = f"Name an item: homeport outbox {args.action} ID (homeport outbox lists them)"
        raise WrongUse(said)
    connection = Connection()
    if args.action == "list":
        return _list(connection, args)
    if args.action == "show":
        return _show(connection, args)
    return _act(connection, args)


def _list(connection: Connection, args: Namespace) -> int:
    items = every_item(connection, args.ids[0] if args.ids else "")
    if not args.all:
        items = [item for item in items if item.read_ms is None]
    if args.json:
        write_json(items)
        return exit_codes.DONE
    if not items:
        write("The outbox is empty.")
        return exit_codes.DONE
    now_ms = time.time() * 1000
    table(COLUMNS, [row_of(item, now_ms) for item in items])
    waits = [item for item in items if item.state == "queued"]
    outbox = connection.get("outbox", limit=1).read().outbox
    if waits and outbox.sentence:
        talk(f"Nothing is sent now: {outbox.sentence}")
    if any(item.state == "uncertain" for item in items):
        talk("What is uncertain may have been answered and paid for: retry it, or drop it.")
    return exit_codes.DONE


def every_item(connection: Connection, batch: str = "") -> list[OutboxItem]:
    """All items, or those of a file; raises ClientError."""
    items: list[Any] = []
    while True:
        more: dict[str, str | int] = {"limit": PAGE}
        if batch:
            more["batch"] = batch
        if items:
            more["after"] = items[-1].id
        report = connection.get("outbox", **more).read()
        items += report.items
        if not report.more:
            return items


def _show(connection: Connection, args: Namespace) -> int:
    detail = json.loads(connection.get(f"outbox/{quoted(args.ids[0])}").body)
    item = detail["item"]
    if args.json:
        write_json(detail)
    elif item["state"] == "answered" and detail["answer"] is not None:
        text = answer_text(detail["answer"])
        write_answer(text + ("" if text.endswith("\n") else "\n"))
        talk(f"{item['answered_by']} answered; homeport why {item['decision']} says why.")
    else:
        pairs(item_rows(item))
    if item["state"] == "answered" and item["read_ms"] is None:
        connection.post(f"outbox/{item['id']}", {"action": "read"})
    return exit_codes.DONE


def _act(connection: Connection, args: Namespace) -> int:
    done: list[Any] = []
    for name in args.ids:
        done += connection.post(f"outbox/{quoted(name)}", {"action": args.action}).read().items
    if args.json:
        write_json(done)
        return exit_codes.DONE
    for item in done:
        gone = args.action == "drop" and item.state != "cancelled"
        write(f"{item.id} is {'forgotten' if gone else item.state}.")
    if args.action == "retry":
        talk(outbox_text(connection.get("status").read().outbox))
    return exit_codes.DONE
