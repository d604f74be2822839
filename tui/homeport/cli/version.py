"""`homeport version`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeport.cli import exit_codes
from homeport.cli.output import write, write_json
from homeport.client.versions import API_VERSION, VERSION


def arguments(parser: ArgumentParser, verb: str) -> None:
    """`version` has no options of its own."""


def run(args: Namespace) -> int:
    """Prints the version of this command."""
    if args.json:
        write_json({"version": VERSION, "api_version": API_VERSION})
    else:
        write(f"homeport {VERSION}")
    return exit_codes.DONE
