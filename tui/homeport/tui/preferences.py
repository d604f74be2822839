"""What the person's config says of the terminal interface: its `[tui]` table.

Read here and not asked of the daemon, so that it holds without one. The daemon
says what is wrong with the rest of the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homeport.tui.keyring import Keyring, remapped
from homeport.tui.themes import DARK, PLAIN, THEMES, Theme

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preferences:
    """How it looks, which keys it has, and what of that could not be done."""

    theme: Theme = DARK
    keyring: Keyring = field(default_factory=Keyring)
    troubles: tuple[str, ...] = ()


def preferences(path: Path | None = None) -> Preferences:
    """Those of a file; of the person's config where none is named."""
    from homeport.client.paths import config_path  # late: it asks the system where things are

    return _of(_table(path or config_path()))


def _table(path: Path) -> Mapping[str, Any]:
    """Nothing where there is no such table, or the file is broken: the daemon says so."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    if "tui" not in text:
        return {}
    import tomllib

    try:
        table = tomllib.loads(text).get("tui", {})
    except tomllib.TOMLDecodeError:
        return {}
    return table if isinstance(table, dict) else {}


def _of(table: Mapping[str, Any]) -> Preferences:
    troubles: tuple[str, ...] = ()
    usual = PLAIN if os.environ.get("NO_COLOR") else DARK
    wanted = table.get("theme", usual.name)
    theme = THEMES.get(wanted) if isinstance(wanted, str) else None
    if theme is None:
        troubles = (f"tui.theme: there is {', '.join(THEMES)}.",)
    keys = table.get("keys", {})
    keyring, clashes = remapped(keys if isinstance(keys, dict) else {})
    return Preferences(theme or usual, keyring, (*troubles, *clashes))
