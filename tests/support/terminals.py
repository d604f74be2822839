"""A command in a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

ROWS, COLUMNS = 32, 120


def in_terminal(command: Sequence[str], *, wait_for: str = "", typed: str = "") -> tuple[str, int]:
    """Everything that the terminal showed, and the exit status.

    `typed` is typed as soon as the terminal has shown `wait_for`.
    """
    return dialogue(command, [(wait_for, typed)])


def wait_until_it_waits(pid: int) -> None:
    """Ctrl-C between two reads of a line is only seen at the next key: Python looks for it
    where the wait for a key is broken off."""
    program, quiet = psutil.Process(pid), 0
    for _ in range(3000):
        quiet = quiet + 1 if program.status() == psutil.STATUS_SLEEPING else 0
        if quiet > 3:
            return
        time.sleep(0.01)


def spoken(terminal: int, again: bytes) -> bytes:
    """What it shows next; a Ctrl-C that came between two reads is typed again. Fails after 30 s."""
    for _ in range(6):
        if select.select([terminal], [], [], 5)[0]:
            return os.read(terminal, 4096)
        os.write(terminal, again)
    raise AssertionError("the terminal fell silent")


def dialogue(command: Sequence[str], typed: Sequence[tuple[str, str]]) -> tuple[str, int]:
    """The same, with several lines: each as soon as the terminal has shown what it waits for.

    What is waited for is looked for behind what the line before waited for.
    """
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(  # the terminal is its own, so that Ctrl-C reaches it
        command,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(inner)
    seen, looked_at, left, again = b"", 0, list(typed), b""
    try:
        with suppress(OSError):  # the other side of a terminal ends with an error, not an end
            while piece := spoken(outer, again):
                seen += piece
                while left and (found := seen.find(left[0][0].encode(), looked_at)) >= 0:
                    wait_for, line = left.pop(0)
                    looked_at = found + len(wait_for.encode())
                    again = b"\x03" if "\x03" in line else b""
                    if again:
                        wait_until_it_waits(process.pid)
                    os.write(outer, line.encode())
    finally:
        os.close(outer)  # which ends whoever still sits at it
        status = process.wait(30)
    return seen.decode("utf-8", "replace"), status
