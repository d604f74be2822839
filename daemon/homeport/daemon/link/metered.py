"""Whether the connection is paid for by its volume, as NetworkManager knows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Literal

LONGEST_S = 2.0
NAME = "org.freedesktop.NetworkManager"
COMMAND = (
    "gdbus", "call", "--system", "--timeout", "2", "--dest", NAME,
    "--object-path", "/org/freedesktop/NetworkManager",
    "--method", "org.freedesktop.DBus.Properties.Get", NAME, "Metered",
)  # fmt: skip
YES, NO = frozenset({1, 3}), frozenset({2, 4})
"""Its numbers: sure and guessed."""


def metered_by(word: Literal["auto", "yes", "no"]) -> bool | None:
    """What the config says, or else NetworkManager."""
    return metered() if word == "auto" else word == "yes"


def metered(command: Sequence[str] = COMMAND) -> bool | None:
    """None where nobody can tell; takes two seconds at most, so not for the loop."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603 - a fixed command
            [program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=LONGEST_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read(told.stdout.decode("ascii", "replace"))


def read(told: str) -> bool | None:
    """What gdbus writes: `(<uint32 4>,)`."""
    found = re.search(r"uint32 (\d+)", told)
    number = int(found[1]) if found else 0
    return True if number in YES else False if number in NO else None
