"""What a probe may ask of the system it runs on, so that a recording can answer too."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psutil

from homeport.daemon.probes.nvidia import NvidiaReading, read_nvidia

COMMAND_TIMEOUT_S = 2.0
LONGEST_TEXT = 1024 * 1024


class Battery(NamedTuple):
    """Charge, and whether it is being used up; None is unknown."""

    percent: float
    discharging: bool | None


class Host(Protocol):
    """The questions; None is "cannot be known here". Every one may block."""

    @property
    def system(self) -> str:
        """`Linux`, `Darwin` or `Windows`."""
        ...

    def release(self) -> str:
        """Version of the kernel and kind of processor."""
        ...

    def text(self, path: str) -> str | None:
        """The content of a small file."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """What is in a folder, sorted."""
        ...

    def output(self, *command: str) -> str | None:
        """What a command prints."""
        ...

    def memory(self) -> tuple[int, int] | None:
        """Bytes in all, and bytes that could be had now."""
        ...

    def physical_cores(self) -> int | None:
        """Cores, hyper-threads not counted."""
        ...

    def usable_processors(self) -> int | None:
        """Logical processors that this process may use."""
        ...

    def load(self) -> float | None:
        """Mean number of running threads over the last minute."""
        ...

    def battery(self) -> Battery | None:
        """None where there is none."""
        ...

    def disk_free(self, folder: Path) -> int | None:
        """Bytes for us, on the disk of a folder that need not exist yet."""
        ...

    def nvidia(self) -> NvidiaReading:
        """GPUs as the driver reports them."""
        ...


class ThisHost:
    """The machine this process runs on."""

    def __init__(self) -> None:
        self._system = platform.system()

    @property
    def system(self) -> str:
        """As Python calls it."""
        return self._system

    def release(self) -> str:
        """Such as `6.12.3 x86_64`."""
        return f"{platform.release()} {platform.machine()}"

    def text(self, path: str) -> str | None:
        """Files of `/proc` and `/sys` have no size, so reading is bounded instead."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read(LONGEST_TEXT)
        except OSError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        """Nothing where there is no such folder."""
        try:
            return tuple(sorted(os.listdir(folder)))
        except OSError:
            return ()

    def output(self, *command: str) -> str | None:
        """By a deadline."""
        try:
            done = subprocess.run(  # noqa: S603  # fixed system tools, no shell
                command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout

    def memory(self) -> tuple[int, int] | None:
        """What the system as a whole has; limits of a container are looked at elsewhere."""
        try:
            found = psutil.virtual_memory()
        except (OSError, RuntimeError):
            return None
        return found.total, found.available

    def physical_cores(self) -> int | None:
        """Unknown in some virtual machines."""
        return psutil.cpu_count(logical=False)

    def usable_processors(self) -> int | None:
        """Fewer than there are where the process is bound to some."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count()

    def load(self) -> float | None:
        """Not kept by Windows."""
        try:
            return os.getloadavg()[0]
        except (AttributeError, OSError):
            return None

    def battery(self) -> Battery | None:
        """The first one."""
        with contextlib.suppress(AttributeError, OSError, RuntimeError, ValueError):
            found: Any = psutil.sensors_battery()  # stubs: never None; psutil: None is unknown
            if found is not None:
                plugged = found.power_plugged
                return Battery(found.percent, None if plugged is None else not plugged)
        return None

    def disk_free(self, folder: Path) -> int | None:
        """Of the nearest folder above that exists."""
        for above in (folder, *folder.parents):
            with contextlib.suppress(OSError):
                return shutil.disk_usage(above).free
        return None

    def nvidia(self) -> NvidiaReading:
        """By the driver's own library."""
        return read_nvidia()
