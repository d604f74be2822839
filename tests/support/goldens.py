"""Screens as text, kept in files that reviewers read.

`HOMEPORT_GOLDEN=update` writes them afresh; read the diff before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDENS = Path(__file__).parents[1] / "tui" / "goldens"
SIZES = ((120, 32), (80, 24), (60, 16), (40, 8))


def assert_golden(name: str, text: str) -> None:
    """Compares with the file, or writes it."""
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("HOMEPORT_GOLDEN") == "update":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs"
