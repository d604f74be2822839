"""What the lab prints: stdout is output, stderr is talk."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """One line of output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def talk(text: str) -> None:
    """One sentence to the person, beside the output."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
