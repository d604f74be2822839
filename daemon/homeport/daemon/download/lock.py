"""One download of a file at a time, across processes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from homeport.daemon.download.wanted import DownloadFailed


@contextlib.contextmanager
def sole_download(target: Path) -> Iterator[None]:
    """Held while `target` is fetched; raises `DownloadFailed` where somebody else holds it.

    The system lets go of it when the process dies, however it dies.
    """
    path = target.with_name(f".{target.name}.lock")
    descriptor = _locked(path)
    if descriptor is None:
        raise DownloadFailed(f"{target.name} is being fetched by another process; wait for it.")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """An open, locked file that still has its name; None where another process has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        if _has_name(descriptor, path):
            return descriptor
        os.close(descriptor)  # its last holder removed it in between


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
