"""Recorded exchanges with real providers, read from beside the repository where they are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

WIRE = Path(__file__).parents[2].parent / "shared" / "wire"


def recordings(*folders: str) -> list[Path]:
    """The files in those folders; empty where the recordings are not on this machine."""
    return [path for folder in folders for path in sorted((WIRE / folder).glob("*.json"))]


def parameters(paths: Sequence[Path]) -> list[Any]:
    """The files as test parameters; one that skips where there are none."""
    if not paths:
        return [pytest.param(None, marks=pytest.mark.skip("no recordings on this machine"))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in paths]


def load(path: Path) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return exchange
