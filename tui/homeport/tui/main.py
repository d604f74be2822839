"""`python -m homeport.tui`: the command line of the terminal interface."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON = 0, 1, 2, 4
EXIT_OUTPUT_CLOSED = 141


@dataclass(slots=True)
class Asked:
    """What the words after the command ask for."""

    ascii: bool = False
    readonly: bool = False
    once: bool = False
    no_start: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; gives the exit code."""
    asked = _asked(sys.argv[1:] if arguments is None else arguments)
    trouble = "" if asked.once else _why_not()
    if trouble:
        print(trouble, file=sys.stderr)  # noqa: T201  # talk
        return EXIT_USAGE
    return _run(asked)


def _run(asked: Asked) -> int:
    _load_quickly()
    # Textual is loaded after the arguments are read, so that --help is quick.
    from homeport.client.link import Patience, Watch
    from homeport.tui.app import HomeportApp, Options
    from homeport.tui.line import DaemonLine
    from homeport.tui.preferences import preferences

    watch = Watch(patience=Patience(start=0.0) if asked.no_start else None)
    options = Options(
        ascii_only=asked.ascii or not _speaks_unicode(),
        readonly=asked.readonly,
        once=asked.once,
        preferences=preferences(),
    )
    app = HomeportApp(DaemonLine(watch), options)
    gc.freeze()
    gc.enable()
    if not asked.once:
        app.run()
        return app.return_code or EXIT_DONE
    frame = app.run(headless=True, size=_size())
    if not_taken := print_frame(frame or "", sys.stdout):
        return not_taken
    if app.state.phase == "no-daemon":
        return EXIT_NO_DAEMON
    return EXIT_DONE if frame and app.state.phase == "live" else EXIT_FAILED


def print_frame(frame: str, output: TextIO | None) -> int:
    """Writes it to whatever takes it; gives the exit code where that takes nothing, else 0."""
    if output is None:  # some callers start programs without one
        return EXIT_DONE
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="replace")
    try:
        output.write(frame)
        output.flush()
    except OSError as error:
        # What is still buffered goes nowhere, without a complaint at the end.
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), output.fileno())
        if isinstance(error, BrokenPipeError):
            return EXIT_OUTPUT_CLOSED
        print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return EXIT_FAILED
    return EXIT_DONE


def _why_not() -> str:
    """Why a screen cannot be painted here; empty where it can."""
    if sys.stdout is None or not sys.stdout.isatty():
        return "The output is no terminal; --once prints one frame as text."
    if os.environ.get("TERM", "") in ("dumb", "unknown") and sys.platform != "win32":
        return (
            "This terminal cannot move its cursor (TERM=dumb). Use: homeport watch, or --once here."
        )
    return ""


def _speaks_unicode() -> bool:
    """Whether letters beyond ASCII arrive, by what the environment says of the terminal."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    said = next((name for name in names if name), "")
    charset = said.partition(".")[2].partition("@")[0]
    return said not in ("C", "POSIX") and charset.upper().replace("-", "") in ("", "UTF8")


def _size() -> tuple[int, int]:
    """The terminal's size; 120 x 32 where there is none."""
    import shutil

    size = shutil.get_terminal_size((120, 32))
    shown = sys.stdout is not None and sys.stdout.isatty()
    return size.columns, size.lines if os.environ.get("LINES") or shown else 32


def _load_quickly() -> None:
    """What is loaded stays, so nothing is collected meanwhile; a paint that a key asks for waits
    a few milliseconds at most; asyncio loads no TLS, which nobody here speaks."""
    gc.disable()
    os.environ.setdefault("TEXTUAL_FPS", "250")
    if "asyncio" not in sys.modules and "ssl" not in sys.modules:
        sys.modules["ssl"] = None  # type: ignore[assignment]  # an import of it fails
        try:
            import asyncio  # noqa: F401  # it is kept
        finally:
            del sys.modules["ssl"]


def _asked(words: Sequence[str]) -> Asked:
    """The words after the command; what is simple is read without the parser, which is slow."""
    known = {f"--{field.name.replace('_', '-')}": field.name for field in fields(Asked)}
    if all(word in known for word in words):
        return Asked(**{known[word]: True for word in words})
    return _parser().parse_args(words, Asked())


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="homeport tui",
        description="Shows where prompts go, why, and what they cost, as it happens.",
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII letters alone")
    parser.add_argument("--once", action="store_true", help="print one frame as text and leave")
    parser.add_argument("--readonly", action="store_true", help="change nothing: no offline/online")
    parser.add_argument(
        "--no-start", action="store_true", help="do not wait for a daemon that may be starting"
    )
    return parser
