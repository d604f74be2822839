"""One download of a file at a time, across processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from homeport.daemon.download.wanted import DownloadFailed
from homeport.daemon.storage.locks import locked, unlocked


@contextlib.contextmanager
def sole_download(target: Path) -> Iterator[None]:
    """Held while `target` is fetched; raises `DownloadFailed` where somebody else holds it.

    The system lets go of it when the process dies, however it dies.
    """
    path = target.with_name(f".{target.name}.lock")
    descriptor = locked(path)
    if descriptor is None:
        raise DownloadFailed(f"{target.name} is being fetched by another process; wait for it.")
    try:
        yield
    finally:
        unlocked(descriptor, path)
