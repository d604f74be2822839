"""`homeport offline` and `homeport online`: whether anything may leave."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeport.cli import exit_codes
from homeport.cli.output import write, write_json
from homeport.cli.status import link_text
from homeport.client.connection import Connection


def arguments(parser: ArgumentParser, verb: str) -> None:
    """Neither has options of its own."""


def run(args: Namespace) -> int:
    """Sets the choice and says what it means."""
    offline = args.verb == "offline"
    reply = Connection().post("link", {"offline": offline})
    if args.json:
        write_json(reply.body)
    elif offline:
        write("Offline by choice: no cloud model is used until `homeport online`.")
    else:
        write(f"Cloud models are allowed again. The link is {link_text(reply.read())}.")
    return exit_codes.DONE
