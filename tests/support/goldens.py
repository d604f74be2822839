"""Screens as text, kept in files that reviewers read.

`HOMEPORT_GOLDEN=update` writes them afresh; read the diff before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

GOLDENS = Path(__file__).parents[1] / "tui" / "goldens"
SIZES = ((120, 32), (80, 24), (60, 16), (40, 8))
LARGE, SMALL = SIZES[:-1], SIZES[-1]
"""Where a screen can be shown; where every screen in every state says the size it needs."""


def golden_file(name: str) -> Path:
    """The file of a name that ends in a size; too small a screen shows the same in every state."""
    width, height = SMALL
    is_small = name.endswith(f"-{width}x{height}")
    return GOLDENS / (f"small-{width}x{height}.txt" if is_small else f"{name}.txt")


def assert_golden(name: str, text: str) -> None:
    """Compares with the file, or writes it."""
    path = golden_file(name)
    if os.environ.get("HOMEPORT_GOLDEN") == "update":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs from {path.name}"


def sections(shown: Iterable[tuple[str, str]]) -> str:
    """Several pictures in one file, each under its name."""
    return "\n".join(f"== {name}\n{text}" for name, text in shown)
