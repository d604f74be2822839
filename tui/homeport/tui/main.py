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
    if not asked.once and not sys.stdout.isatty():
        print("The output is no terminal; --once prints one frame as text.", file=sys.stderr)  # noqa: T201  # talk
        return EXIT_USAGE
    return _run(asked)


def _run(asked: argparse.Namespace) -> int:
    # Textual is loaded after the arguments are read, so that --help is quick.
    from homeport.client.link import Patience, Watch
    from homeport.tui.app import HomeportApp, Options
    from homeport.tui.line import DaemonLine

    watch = Watch(patience=Patience(start=0.0) if asked.no_start else None)
    options = Options(ascii_only=asked.ascii, readonly=asked.readonly, once=asked.once)
    app = HomeportApp(DaemonLine(watch), options)
    if not asked.once:
        app.run()
        return app.return_code or EXIT_DONE
    frame = app.run(headless=True, size=_size())
    sys.stdout.write(frame or "")
    if app.state.phase == "no-daemon":
        return EXIT_NO_DAEMON
    return EXIT_DONE if frame and app.state.phase == "live" else EXIT_FAILED


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
