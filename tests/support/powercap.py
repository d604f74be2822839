"""Energy counters, as the kernel shows them in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def show_zone(powercap: Path, number: str, zone: Mapping[str, Any], count: int | None) -> None:
    """The files of one zone at a count; what may not be read is as good as not there, whoever
    runs the test."""
    of = powercap / number
    of.mkdir(parents=True, exist_ok=True)
    (of / "name").write_text(f"{zone['name']}\n")
    if zone["range"] is not None:
        (of / "max_energy_range_uj").write_text(f"{zone['range']}\n")
    if count is not None:
        (of / "energy_uj").write_text(f"{count}\n")
