"""`homeport models`: every model with its state, price and abilities; one of them; or fetch one."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import heading, pairs, table, write, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client.connection import Connection, Reply
from homeport.client.errors import ClientError
from homeport.client.records import plain
from homeport.client.units import price, size, tokens

if TYPE_CHECKING:
    from homeport.client.wire import ModelView

_COLUMNS = (
    "model",
    "place",
    "state",
    "context",
    "parameters",
    "size",
    "speed",
    "in/Mtok",
    "out/Mtok",
    "can",
    "note",
)


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `models`."""
    add = parser.add_argument
    add("action", nargs="?", default="list", metavar="list | add | ID", help="list is the default")
    add(
        "name",
        nargs="?",
        metavar="NAME",
        help="what to add: a name of the catalog, such as default",
    )
    add("--list", action="store_true", help="list them (the default); add: what can be fetched")
    add("--refresh", action="store_true", help="look for models again first")
    add("--from", dest="source", metavar="PLACE", help="add: take it from this file or address")
    add("--folder", metavar="FOLDER", help="add: where to keep it")


def run(args: Namespace) -> int:
    """Lists the models, or fetches one and tells the daemon."""
    if args.action == "add":
        return _add(args)
    if args.name is not None:
        said = "homeport models list takes no name. To fetch a model: homeport models add NAME"
        raise WrongUse(said)
    if args.source or args.folder:
        raise WrongUse("--from and --folder belong to: homeport models add NAME")
    refresh = {"refresh": 1} if args.refresh else {}
    reply = Connection().get("models", **refresh)
    if args.action != "list":
        return _one(args.action, reply, as_json=args.json)
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read().models)
    return exit_codes.DONE


def _one(name: str, reply: Reply, *, as_json: bool) -> int:
    """One model, by its id or by the name behind it."""
    models = reply.read().models
    named = [m for m in models if name == m.id] or [m for m in models if m.id.endswith(f"/{name}")]
    if len(named) != 1:
        which = "Several models are" if named else "There is no model"
        known = ", ".join(model.id for model in (named or models)[:8])
        raise LocalTrouble(f"{which} named {name}. There are: {known or 'none'}.")
    if as_json:
        write_json(plain(named[0]))
    else:
        show_one(named[0])
    return exit_codes.DONE


def show_one(model: ModelView) -> None:
    """One model, and what its answers have taught."""
    pairs((name, said) for name, said in zip(_COLUMNS, _row(model), strict=True) if said)
    heading("what its answers have taught")
    if not model.learned:
        write("Nothing yet: homeport feedback up or down after an answer says what it was worth.")
        return
    rows = [
        (one.task, f"{one.ability:.0f} ± {one.sd:.0f}", one.source, one.confidence)
        for one in model.learned
    ]
    table(("task", "ability", "from", "confidence"), rows)


def show(models: list[ModelView]) -> None:
    """The models as a table; those at home first."""
    if not models:
        write("No models. To fetch a small one: homeport models add default")
        return
    order = {"local": 0, "lan": 1, "cloud": 2}
    listed = sorted(models, key=lambda model: (order.get(model.place, 3), model.id))
    table(_COLUMNS, [_row(model) for model in listed], right="lllrrrrrr")


def _row(model: ModelView) -> tuple[str, ...]:
    speed = "" if model.tokens_per_s is None else f"{model.tokens_per_s:.0f}/s"
    demonstration = "a demonstration model" if model.demonstration else ""
    return (
        model.id,
        model.place,
        model.state,
        tokens(model.context),
        _parameters(model),
        size(model.size_bytes) if model.size_bytes is not None else "",
        speed,
        price(model.input_nano_per_mtok),
        price(model.output_nano_per_mtok),
        ",".join(model.capabilities),
        model.reason or demonstration,
    )


def _parameters(model: ModelView) -> str:
    count = "" if model.parameters is None else tokens(model.parameters)
    return f"{count} {model.quantisation}".strip()


def _add(args: Namespace) -> int:
    if not (args.name or args.list):
        raise WrongUse("Which model? The small one that runs anywhere: homeport models add default")
    command = [sys.executable, "-P", "-m", "homeport.daemon.download", *_words_to_add(args)]
    sys.stdout.flush()
    fetched = subprocess.run(command, check=False)  # noqa: S603  # our own program, no shell
    if fetched.returncode == 0:
        with suppress(ClientError):  # a daemon that is not running finds it at its start
            Connection().get("models", refresh=1)
    return fetched.returncode


def _words_to_add(args: Namespace) -> list[str]:
    """What was typed, for the program that fetches."""
    words = [args.name] if args.name else []
    words += ["--list"] if args.list else []
    words += ["--from", args.source] if args.source else []
    words += ["--folder", args.folder] if args.folder else []
    return words + (["--json"] if args.json else [])
