"""How warm the processor is, by the sensors that the kernel shows. Elsewhere it is unknown."""

from __future__ import annotations

import re

from homeport.daemon.probes.host import Host

SENSORS, ZONES = "/sys/class/hwmon", "/sys/class/thermal"
_PROCESSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal")
"""Drivers of processors, as they call themselves."""
_ZONES = ("x86_pkg_temp", "cpu-thermal", "cpu_thermal", "soc_thermal", "acpitz")
_COLDEST, _WARMEST = -40.0, 150.0
"""Degrees; a sensor that says anything else is broken."""


def temperature(host: Host) -> float | None:
    """Degrees Celsius of the processor's package; None is unknown."""
    if host.system != "Linux":
        return None
    found = _sensor(host)
    return _zone(host) if found is None else found


def sensor_temperature(host: Host, folder: str) -> float | None:
    """What the first sensor below a device says, such as that of a graphics card."""
    for name in host.names(folder):
        if re.fullmatch(r"hwmon\d+", name):
            return _degrees(host, f"{folder}/{name}/temp1_input")
    return None


def _sensor(host: Host) -> float | None:
    """The first input of a processor's own driver is its whole package."""
    for name in host.names(SENSORS):
        if (host.text(f"{SENSORS}/{name}/name") or "").strip() in _PROCESSORS:
            found = _degrees(host, f"{SENSORS}/{name}/temp1_input")
            if found is not None:
                return found
    return None


def _zone(host: Host) -> float | None:
    names = [name for name in host.names(ZONES) if name.startswith("thermal_zone")]
    kinds = {(host.text(f"{ZONES}/{name}/type") or "").strip(): name for name in names}
    for kind in _ZONES:
        if kind in kinds:
            return _degrees(host, f"{ZONES}/{kinds[kind]}/temp")
    return None


def _degrees(host: Host, path: str) -> float | None:
    """The kernel tells thousandths."""
    text = (host.text(path) or "").strip()
    if not re.fullmatch(r"-?\d{1,7}", text):
        return None
    degrees = int(text) / 1000
    return degrees if _COLDEST < degrees < _WARMEST else None
