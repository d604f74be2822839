"""A host that answers as a recording says, so that any machine can be probed anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from homeport.client.wire import GpuView
from homeport.daemon.probes.host import Battery
from homeport.daemon.probes.nvidia import NvidiaReading

DATA = Path(__file__).resolve().parents[1] / "daemon" / "probes" / "data"


class RecordedHost:
    """Reads `tests/daemon/probes/data/NAME.json`; what is not in it is unknown."""

    def __init__(self, name: str) -> None:
        self._said: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())

    @property
    def system(self) -> str:
        """As recorded."""
        return str(self._said["system"])

    def release(self) -> str:
        """As recorded."""
        return str(self._said["release"])

    def text(self, path: str) -> str | None:
        """As recorded."""
        return self._said["files"].get(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """As recorded."""
        return tuple(self._said["folders"].get(folder, ()))

    def output(self, *command: str) -> str | None:
        """As recorded."""
        return self._said.get("commands", {}).get(" ".join(command))

    def memory(self) -> tuple[int, int] | None:
        """As recorded."""
        return tuple(self._said["memory"]) if self._said["memory"] else None

    def physical_cores(self) -> int | None:
        """As recorded."""
        return self._said["physical_cores"]

    def usable_processors(self) -> int | None:
        """As recorded."""
        return self._said["usable_processors"]

    def load(self) -> float | None:
        """As recorded."""
        return self._said["load"]

    def battery(self) -> Battery | None:
        """As recorded."""
        return Battery(*self._said["battery"]) if self._said["battery"] else None

    def disk_free(self, folder: Path) -> int | None:
        """As recorded."""
        return self._said["disk_free"]

    def nvidia(self) -> NvidiaReading:
        """As recorded."""
        said = self._said["nvidia"]
        gpus = tuple(GpuView(**gpu) for gpu in said.get("gpus", ()))
        return NvidiaReading(gpus, said.get("note", ""))


MACHINES = sorted(path.stem for path in DATA.glob("*.json"))
"""Names of all recordings."""
