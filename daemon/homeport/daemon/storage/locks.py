"""A lock on a file name that other processes respect, for as long as a process lives."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def locked(path: Path) -> int | None:
    """An open, locked file that still has its name; None where somebody else has it.

    `unlocked` ends it, and so does the end of the process, however it dies.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        if _has_name(descriptor, path):
            return descriptor
        os.close(descriptor)  # its last holder removed it in between


def unlocked(descriptor: int, path: Path) -> None:
    """Give it back, and leave no file behind."""
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(descriptor)


def _has_name(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
