"""`homeport models`: every model with its state, price and abilities; or fetch one."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import table, talk, write, write_json
from homeport.client.connection import Connection
from homeport.client.errors import ClientError
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
    add("action", nargs="?", choices=("list", "add"), default="list", help="list is the default")
    add("name", nargs="?", help="what to add: a name of the catalog, such as default")
    add("--list", action="store_true", help="list them (the default)")
    add("--refresh", action="store_true", help="look for models again first")


def run(args: Namespace) -> int:
    """Lists the models, or fetches one and tells the daemon."""
    if args.action == "add":
        return _add(args)
    if args.name is not None:
        talk("homeport models list takes no name. To fetch a model: homeport models add NAME")
        return exit_codes.USAGE
    refresh = {"refresh": 1} if args.refresh else {}
    reply = Connection().get("models", **refresh)
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read().models)
    return exit_codes.DONE


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
    if args.name is None:
        talk("Which model? The small one that runs anywhere: homeport models add default")
        return exit_codes.USAGE
    as_json = ["--json"] if args.json else []
    command = [sys.executable, "-P", "-m", "homeport.daemon.download", args.name, *as_json]
    sys.stdout.flush()
    fetched = subprocess.run(command, check=False)  # noqa: S603  # our own program, no shell
    if fetched.returncode == 0:
        with suppress(ClientError):  # a daemon that is not running finds it at its start
            Connection().get("models", refresh=1)
    return fetched.returncode
