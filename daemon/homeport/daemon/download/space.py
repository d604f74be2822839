"""Whether the disk has room, asked before anything is written."""

from __future__ import annotations

import shutil
from pathlib import Path

from homeport.daemon.download.wanted import DownloadFailed
from homeport.daemon.probes.machine import size

SPARED_BYTES = 64 * 1024 * 1024
"""Left free whatever happens: a ledger on the same disk must stay writable."""


def require_space(folder: Path, needed: int | None) -> None:
    """Raise `DownloadFailed` unless `needed` more bytes fit; None asks for a little."""
    free = shutil.disk_usage(folder).free
    if free - SPARED_BYTES < (needed or 0):
        raise DownloadFailed(
            f"The disk is too full: {size(needed or SPARED_BYTES)} more are needed in {folder}, "
            f"and {size(free)} are free. Make room, then run the same command again."
        )
