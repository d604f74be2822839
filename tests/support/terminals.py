"""A command in a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Sequence
from contextlib import suppress

ROWS, COLUMNS = 32, 120


def in_terminal(command: Sequence[str], *, wait_for: str = "", typed: str = "") -> tuple[str, int]:
    """Everything that the terminal showed, and the exit status.

    `typed` is typed as soon as the terminal has shown `wait_for`.
    """
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
    )
    os.close(inner)
    seen = b""
    with suppress(OSError):  # the other side of a terminal ends with an error, not an end
        while piece := os.read(outer, 4096):
            seen += piece
            if typed and wait_for.encode() in seen:
                os.write(outer, typed.encode())
                typed = ""
    os.close(outer)
    return seen.decode("utf-8", "replace"), process.wait(30)
