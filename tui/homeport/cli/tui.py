"""`homeport tui`: hands over to the terminal interface, which is a program of its own."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence


def arguments(parser: ArgumentParser, verb: str) -> None:
    """Every word is passed on; `python -m homeport.tui --help` says which there are."""


def run(args: Namespace) -> int:
    """Opens it without any word."""
    del args
    return hand_over([])


def hand_over(words: Sequence[str], *, program: str = "homeport.tui") -> int:
    """Becomes the terminal interface (or another program of ours); where a process cannot,
    waits for it."""
    command = [sys.executable, "-P", "-m", program, *words]
    if sys.platform != "win32":
        os.execv(sys.executable, command)  # noqa: S606  # our own program
    import subprocess

    return subprocess.run(command, check=False).returncode  # noqa: S603  # our own program
