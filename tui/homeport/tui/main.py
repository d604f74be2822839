"""`python -m homeport.tui`: the command line of the terminal interface."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON = 0, 1, 2, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; gives the exit code."""
    asked = _parser().parse_args(arguments)
    trouble = "" if asked.once else _why_not()
    if trouble:
        print(trouble, file=sys.stderr)  # noqa: T201  # talk
        return EXIT_USAGE
    return _run(asked)


def _run(asked: argparse.Namespace) -> int:
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
    if not asked.once:
        app.run()
        return app.return_code or EXIT_DONE
    frame = app.run(headless=True, size=_size())
    sys.stdout.write(frame or "")
    if app.state.phase == "no-daemon":
        return EXIT_NO_DAEMON
    return EXIT_DONE if frame and app.state.phase == "live" else EXIT_FAILED


def _why_not() -> str:
    """Why a screen cannot be painted here; empty where it can."""
    if not sys.stdout.isatty():
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
    size = shutil.get_terminal_size((120, 32))
    return size.columns, size.lines if os.environ.get("LINES") or sys.stdout.isatty() else 32


def _parser() -> argparse.ArgumentParser:
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
