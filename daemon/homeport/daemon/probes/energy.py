"""The joules that this machine uses: counters of the processor, of NVIDIA's GPUs, a battery that
discharges; where none can be read, an estimate by how busy the processor is.

Everything that knows a platform is here. Each source gives joules that only rise, since it
was opened. Reading blocks for some microseconds, of a driver that hangs for `HANGS_S` once;
opening may take longer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from homeport.daemon.probes.guarded import Guarded, Hangs

POWERCAP = Path("/sys/class/powercap")
POWER_SUPPLY = Path("/sys/class/power_supply")
MICRO, MILLI = 1e-6, 1e-3
BUSY_CORE_W = 8.0
"""What a busy core is taken to need, with its part of the memory and the board."""
HANGS_S, OPENING_S = 0.1, 2.0
"""After so long a driver is taken to hang."""
_PACKAGE = re.compile(r"(?:intel|amd)-rapl:[0-9a-f]+")
"""Packages alone, in the kernel's hexadecimal: `intel-rapl-mmio` counts the same ones once more,
`:0:0` is a part of one."""
_WHOLE = re.compile(r"package(-\d+)?(-die-\d+)?")
"""Names of zones that together are the processors; `psys` holds them and more."""
_ONE_REGISTER_UJ = 1_000_000
"""Counts of two dies of one package that are as near as this are one register, read twice."""


class Source(Protocol):
    """Something that counts energy."""

    @property
    def certain(self) -> bool:
        """It is measured, and not estimated."""
        ...

    def joules(self) -> float | None:
        """Since it was opened; None where it cannot be read any more."""
        ...


class Counter:
    """One counter of whole units that begins again at 0 after its largest value."""

    def __init__(self, read: Callable[[], int | None], unit: float, wraps_after: int = 0) -> None:
        """`wraps_after` of 0 is unknown: a count that falls then began anew."""
        self._read = read
        self._unit = unit
        self._wraps_after = wraps_after
        self._last = read()
        self._units = 0

    def joules(self) -> float | None:
        """Since it was opened."""
        count = self._read()
        if count is None or self._last is None:
            return None
        risen = count - self._last
        if risen < 0:
            risen = risen + self._wraps_after + 1 if self._wraps_after else count
        self._units += risen
        self._last = count
        return self._units * self._unit


class Counters:
    """Several counters as one: all of them can be read, or none counts."""

    certain = True

    def __init__(self, counters: Iterable[Counter]) -> None:
        self._counters = tuple(counters)

    def joules(self) -> float | None:
        """Of all."""
        return _sum(counter.joules() for counter in self._counters)


class Battery:
    """What flows out of the batteries, by their own measuring: power times time."""

    certain = True

    def __init__(self, folder: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._now = now
        self._at = now()
        self._watts = self._power()
        self._joules = 0.0

    def joules(self) -> float | None:
        """None once the machine is plugged in: then nothing of it is seen here."""
        before, now, watts = self._watts, self._now(), self._power()
        if before is None or watts is None:
            return None
        self._joules += (before + watts) / 2 * (now - self._at)
        self._at, self._watts = now, watts
        return self._joules

    def _power(self) -> float | None:
        supplies = sorted(self._folder.glob("BAT*"))
        discharging = [one for one in supplies if _text(one / "status") == "Discharging"]
        return _sum(_watts(one) for one in discharging) if discharging else None


class Estimate:
    """Seconds that cores were busy, times what a busy core is taken to need."""

    certain = False

    def __init__(self, busy_s: Callable[[], float] | None = None) -> None:
        self._busy_s = busy_s or _busy_seconds
        self._start = self._busy_s()

    def joules(self) -> float | None:
        """Since it was made."""
        return (self._busy_s() - self._start) * BUSY_CORE_W


class Machine(NamedTuple):
    """What counts for the whole machine: one source for it or for its processor, and its GPUs."""

    base: Source
    gpus: Source | None = None

    @property
    def certain(self) -> bool:
        """Every part of it is measured."""
        return self.base.certain and (self.gpus is None or self.gpus.certain)

    def joules(self) -> float | None:
        """Of all parts."""
        return _sum([self.base.joules(), 0.0 if self.gpus is None else self.gpus.joules()])


def opened(powercap: Path = POWERCAP, supplies: Path = POWER_SUPPLY, nvml: Any = None) -> Source:
    """The best that this machine has, tried in turn: counters, a battery, an estimate."""
    gpus = gpu_counters(nvml)
    processor = package_counters(powercap)
    if processor is not None:
        return Machine(processor, gpus)
    battery = Battery(supplies)
    if battery.joules() is not None:
        return battery  # it feeds the GPUs too
    return Machine(Estimate(), gpus)


def package_counters(folder: Path = POWERCAP) -> Counters | None:
    """Every package, and its memory where that is counted apart (RAPL); None where one of them
    cannot be read, as is usual without privileges."""
    zones = list(_zones(folder))
    counters = [_zone_counter(zone) for zone in zones]
    found = Counters(counters)
    return found if zones and found.joules() is not None else None


def _zones(folder: Path) -> Iterator[Path]:
    for zone in _packages(folder):
        yield zone
        for part in sorted(folder.glob(f"{zone.name}:*")):
            if _text(part / "name") == "dram":
                yield part


def _packages(folder: Path) -> Iterator[Path]:
    """Each package or die; of dies that all show their package's one register, as AMD's do under
    some kernels, the first."""
    seen: list[tuple[str, int]] = []
    for zone in sorted(folder.glob("*")):
        name = _text(zone / "name") or ""
        if not _PACKAGE.fullmatch(zone.name) or not _WHOLE.fullmatch(name):
            continue
        package, _, die = name.partition("-die-")
        count = _number(zone / "energy_uj")
        if die and count is not None:
            if any(of == package and abs(count - c) < _ONE_REGISTER_UJ for of, c in seen):
                continue
            seen.append((package, count))
        yield zone


def _zone_counter(zone: Path) -> Counter:
    most = _number(zone / "max_energy_range_uj") or 0
    return Counter(lambda: _number(zone / "energy_uj"), MICRO, most)


def gpu_counters(nvml: Any = None) -> Counters | None:
    """NVIDIA's GPUs (Volta and later count their energy); None where there are none."""
    nvml = nvml or _driver()
    if nvml is None:
        return None

    def handles_of() -> list[Any]:
        nvml.nvmlInit()
        return [nvml.nvmlDeviceGetHandleByIndex(n) for n in range(nvml.nvmlDeviceGetCount())]

    try:
        handles = Guarded(handles_of, OPENING_S)()
    except (nvml.NVMLError, Hangs):
        return None
    found = Counters([_gpu_counter(nvml, handle) for handle in handles])
    return found if handles and found.joules() is not None else None


def _driver() -> Any:
    """NVML, where there is a driver and the package that asks it."""
    if not Path("/proc/driver/nvidia/version").exists():
        return None
    try:
        import pynvml
    except ImportError:
        return None
    return pynvml


def _gpu_counter(nvml: Any, handle: Any) -> Counter:
    ask = Guarded(lambda: int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle)), HANGS_S)

    def millijoules() -> int | None:
        try:
            return ask()
        except (nvml.NVMLError, Hangs):
            return None

    return Counter(millijoules, MILLI)


def _watts(supply: Path) -> float | None:
    power = _number(supply / "power_now")
    if power is not None:
        return abs(power) * MICRO
    current, voltage = _number(supply / "current_now"), _number(supply / "voltage_now")
    return None if current is None or voltage is None else abs(current) * voltage * MICRO * MICRO


def _busy_seconds() -> float:
    import psutil

    times: Any = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guests)


def _sum(parts: Iterable[float | None]) -> float | None:
    known = list(parts)
    return None if None in known else sum(part for part in known if part is not None)


def _number(path: Path) -> int | None:
    try:
        return int(_text(path) or "")
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
