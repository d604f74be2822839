"""`homeport config`: show, check, edit or set the configuration."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.config_check import faults
from homeport.cli.output import pairs, talk, write, write_json
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.client import paths
from homeport.client.connection import Connection, Reply
from homeport.client.errors import NoDaemon

if TYPE_CHECKING:
    from homeport.client.wire import ConfigView

ACTIONS = ("show", "check", "edit", "set", "path")
_WORDS = {"check": (0, 1), "set": (2, 2)}
_USAGE = {
    "check": "homeport config check [FILE]",
    "set": "homeport config set KEY VALUE, such as: homeport config set budget.day_usd 2",
}


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `config`."""
    add = parser.add_argument
    add("action", nargs="?", choices=ACTIONS, default="show", help="show is the default")
    add("words", nargs="*", metavar="WORD", help="the FILE to check, or the KEY and VALUE to set")


def run(args: Namespace) -> int:
    """Does one of the actions."""
    least, most = _WORDS.get(args.action, (0, 0))
    if not least <= len(args.words) <= most:
        raise WrongUse(f"Write: {_USAGE.get(args.action, f'homeport config {args.action}')}")
    if args.action == "path":
        return _path(as_json=args.json)
    if args.action == "check":
        return _check(Path(args.words[0]) if args.words else paths.config_path(), args.json)
    if args.action == "edit":
        from homeport.cli.config_edit import edit

        return edit(as_json=args.json)
    reply = _set(*args.words) if args.action == "set" else _in_force()
    if args.json:
        write_json(reply.body)
    else:
        show(reply.read(), args.words[0] if args.action == "set" else "")
    return exit_codes.DONE


def show(view: ConfigView, only: str = "") -> None:
    """Every setting in force by its dotted name, or one alone."""
    without = "the settings below stay in force" if view.error else "every setting has its default"
    write(view.path if view.exists else f"{view.path} (not there: {without})")
    if view.error:
        write(f"Not in force, the last good one is: {view.error}")
    settings = flat(view.settings)
    named = [(name, value) for name, value in settings if f"{name}.".startswith(f"{only}.")]
    pairs((name, _shown(value)) for name, value in (named if only else settings))


def flat(settings: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Nested tables as dotted names, in their order."""
    found: list[tuple[str, Any]] = []
    for name, value in settings.items():
        dotted = f"{above}{name}"
        found += flat(value, f"{dotted}.") if isinstance(value, dict) else [(dotted, value)]
    return found


def value_of(text: str) -> Any:
    """What was typed as TOML reads it; words without quotes are strings, `none` is unset.

    So are dates and what is no number, which no setting takes.
    """
    import json
    import tomllib

    if text == "none":
        return None
    try:
        read = tomllib.loads(f"value = {text}")
        json.dumps(read, allow_nan=False)
    except (ValueError, TypeError):
        return text
    return read["value"] if len(read) == 1 else text


def _in_force() -> Reply:
    """As the running daemon has it, or else as one would that starts now."""
    try:
        return Connection().get("config")
    except NoDaemon:
        _refuse_elsewhere()
        from homeport.cli import config_program

        return config_program.shown()


def _set(key: str, text: str) -> Reply:
    changes = {key: value_of(text)}
    try:
        return Connection().post("config", {"set": changes})
    except NoDaemon:
        _refuse_elsewhere()
        from homeport.cli import config_program

        return config_program.after_setting(changes)


def _refuse_elsewhere() -> None:
    """The file of a daemon that is somewhere else is not here."""
    if os.environ.get("HOMEPORT_URL"):
        sentence = "No daemon answers where HOMEPORT_URL says, and its config is not here."
        raise NoDaemon(sentence, "unset HOMEPORT_URL")


def _check(path: Path, as_json: bool) -> int:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise LocalTrouble(f"{path} cannot be read: {reason}.") from None
    found = faults(text, path)
    if as_json:
        write_json({"ok": not found, "problems": found})
    elif not found:
        write(f"{path} is good.")
    else:
        for problem in found:
            talk(problem)
    return exit_codes.FAILED if found else exit_codes.DONE


def _path(*, as_json: bool) -> int:
    if as_json:
        write_json({"path": str(paths.config_path())})
    else:
        write(str(paths.config_path()))
    return exit_codes.DONE


def _shown(value: Any) -> str:
    import json

    return "none" if value is None else json.dumps(value, ensure_ascii=False)
