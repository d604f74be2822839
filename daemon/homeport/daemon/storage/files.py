"""Writing small files so that a crash leaves the old text or the new, never half."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace `path` by `text`, durably. `mode` None keeps the file's own, else 0600.

    A link is followed, so that a config kept elsewhere stays a link. The folder
    is made where it is missing, for the owner alone.
    """
    import tempfile

    real = Path(os.path.realpath(path))
    real.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = mode if mode is not None else _mode_of(real)
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            os.chmod(name, kept)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, real)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(real.parent)


def _mode_of(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o600


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
