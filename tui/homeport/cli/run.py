"""`homeport run -- PROGRAM`: start a program that finds its models here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from homeport.cli import exit_codes
from homeport.cli.access import address_and_token
from homeport.cli.clients import arguments_for, settings_for_any
from homeport.cli.output import talk, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client.start import ensure_daemon


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001 - one verb
    """Adds the program and its words."""
    parser.usage = "homeport run [--json] -- PROGRAM [WORD ...]"
    parser.set_defaults(words_to="command")
    text = "what to start, with its own words; put -- before it"
    parser.add_argument("command", nargs="*", metavar="PROGRAM", help=text)


def run(args: Namespace) -> int:
    """Becomes the program; `--json` prints what would be started instead."""
    words = args.command
    if not words:
        said = "Say which program to run, such as: homeport run -- llm 'Why is the sky blue?'"
        raise WrongUse(said)
    found = shutil.which(words[0])
    if found is None:
        raise WrongUse(f"There is no program {words[0]!r} on the path.")
    ensure_daemon(talk)
    url, token = address_and_token()
    program = PurePath(words[0]).stem
    settings = settings_for_any(program, url, token)
    command = [words[0], *arguments_for(program, url, token), *words[1:]]
    if args.json:
        write_json({"command": command, "environment": settings})
        return exit_codes.DONE
    try:
        return _become(found, command, environment_with(settings, os.environ))
    except OSError as error:
        raise LocalTrouble(f"{found} cannot be started: {error.strerror}.") from None


def environment_with(settings: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the program: ours, with the settings over it."""
    merged = {**given, **settings}
    return {name: value for name, value in merged.items() if settings.get(name, "-")}


def _become(path: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(path, list(command), dict(environment))  # noqa: S606 - the person's own program
    return subprocess.call([path, *command[1:]], env=dict(environment))  # noqa: S603 - the same
