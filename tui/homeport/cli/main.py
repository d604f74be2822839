"""The `homeport` command: finds the verb, loads it, and turns trouble into words.

Only the module of the verb that was typed is imported: most of the time that a
short command takes is loading code.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import talk
from homeport.cli.verbs import BY_NAME, overview

if TYPE_CHECKING:
    from homeport.client.errors import ClientError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Why a file, or a terminal that was closed, takes no output."""
_IN_LINES = ("watch", "logs", "chat")
"""Verbs whose JSON is one document a line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; gives the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_missing_streams()
    _survive_any_text()
    try:
        status = _dispatch(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return exit_codes.OUTPUT_CLOSED
    except OSError as error:
        if error.filename is not None or error.errno not in _NO_ROOM:
            raise
        _forget_stdout()
        talk(f"The output cannot be written: {error.strerror}.")
        return exit_codes.FAILED
    except SystemExit as leaving:  # argparse, after it has printed help or a fault
        return leaving.code if isinstance(leaving.code, int) else exit_codes.FAILED
    return status


def _dispatch(words: list[str]) -> int:
    if not words:
        return _run("tui", []) if sys.stdout.isatty() else _usage_without_terminal()
    first, rest = words[0], words[1:]
    if first in ("-h", "--help", "help"):
        return _help(rest)
    if first in ("-V", "--version"):
        return _run("version", rest)
    if first not in BY_NAME:
        return _unknown(first, rest)
    return _run(first, rest)


def _run(name: str, words: list[str]) -> int:
    if name == "tui":
        from homeport.cli.tui import hand_over

        return hand_over(words)
    if name == "lab":
        from homeport.cli.lab import hand_over as to_the_lab

        return to_the_lab(words)
    if name == "eval":
        from homeport.cli.eval import hand_over as to_the_evaluation

        return to_the_evaluation(words)
    from homeport.cli.parser import module_of, parse

    try:
        args = parse(BY_NAME[name], words)
        return int(module_of(BY_NAME[name]).run(args))
    except BrokenPipeError:
        raise
    except Exception as error:
        from homeport.client.errors import ClientError

        if not isinstance(error, ClientError):
            raise
        return _explain(error, name, as_json="--json" in words[: (*words, "--").index("--")])


def _explain(error: ClientError, verb: str, *, as_json: bool) -> int:
    from homeport.cli.output import write_json, write_json_line
    from homeport.cli.trouble import as_trouble, explain

    status = explain(error)
    if as_json:
        (write_json_line if verb in _IN_LINES else write_json)({"error": as_trouble(error)})
    return status


def _help(rest: list[str]) -> int:
    if rest and rest[0] in BY_NAME:
        return _run(rest[0], ["--help"])
    print(overview())
    return exit_codes.DONE


def _usage_without_terminal() -> int:
    talk("The terminal interface needs a terminal. `homeport --help` lists the verbs.")
    return exit_codes.USAGE


def _unknown(word: str, rest: list[str]) -> int:
    from difflib import get_close_matches

    if word.startswith("-"):
        verb = next((name for name in rest if name in BY_NAME), "VERB")
        talk(f"The verb comes first: homeport {verb} {word}")
        return exit_codes.USAGE
    nearest = get_close_matches(word, BY_NAME, n=2, cutoff=0.6)
    meant = " or ".join([f"`homeport {name}`" for name in nearest])
    hint = f"Did you mean {meant}?" if nearest else f'To ask: `homeport ask "{word}"`.'
    talk(f"homeport has no verb {word!r}. {hint} `homeport --help` lists the verbs.")
    return exit_codes.USAGE


def _open_missing_streams() -> None:
    """Some callers start programs with their streams closed: nothing is read or said there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  # for all of the run


def _survive_any_text() -> None:
    """An answer may hold letters that this terminal has no code for."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _forget_stdout() -> None:
    """Nobody reads any more: what is still buffered goes nowhere, without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
