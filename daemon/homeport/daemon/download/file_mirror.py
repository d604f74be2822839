"""Taking a model from a file on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from homeport.daemon.download.part import Origin, Part
from homeport.daemon.download.space import require_space
from homeport.daemon.download.wanted import MirrorFailed, Reporter

BLOCK = 4 * 1024 * 1024


def copy_file(source: Path, part: Part, report: Reporter) -> None:
    """Bring `part` to a whole copy; on the same disk as a second name, which costs no room.

    Blocks. Raises `MirrorFailed`.
    """
    if not source.is_file():
        raise MirrorFailed("There is no such file.")
    part.discard()
    if _linked(source, part.path):
        return
    total = source.stat().st_size
    require_space(part.target.parent, total)
    try:
        with source.open("rb") as file:
            part.restart(Origin(str(source)))
            while block := file.read(BLOCK):
                part.append(block)
                report.progress(part.size, total)
            part.close()
    except OSError as refused:
        raise MirrorFailed(f"It cannot be copied: {refused.strerror}.") from None
    shutil.copymode(source, part.path)


def _linked(source: Path, path: Path) -> bool:
    try:
        os.link(source.resolve(), path)
    except OSError:
        return False
    return True
