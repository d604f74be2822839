"""The GPUs of this machine: NVIDIA's by the driver, AMD's by sysfs, Apple's by the system."""

from __future__ import annotations

import re

from homeport.client.wire import GpuView
from homeport.daemon.probes.host import Host
from homeport.daemon.probes.temperature import sensor_temperature

CARDS = "/sys/class/drm"
AMD, INTEL = "0x1002", "0x8086"


def gpus(host: Host) -> tuple[tuple[GpuView, ...], str]:
    """Those that are found; where none is, a sentence that says why."""
    if host.system == "Darwin":
        return _apple(host)
    nvidia = host.nvidia()
    found = (*nvidia.gpus, *_amd(host))
    if found:
        return found, ""
    return (), _why_none(host, nvidia.note)


def _apple(host: Host) -> tuple[tuple[GpuView, ...], str]:
    chip = (host.output("sysctl", "-n", "machdep.cpu.brand_string") or "").strip()
    if not chip.startswith("Apple"):
        return (), "The GPU of an Intel Mac is not used."
    return (GpuView(name=f"{chip} GPU"),), "It shares the machine's memory."


def _amd(host: Host) -> tuple[GpuView, ...]:
    cards = (f"{CARDS}/{name}/device" for name in _cards(host))
    return tuple(_amd_gpu(host, card) for card in cards if _read(host, card, "vendor") == AMD)


def _cards(host: Host) -> list[str]:
    return [name for name in host.names(CARDS) if re.fullmatch(r"card\d+", name)]


def _amd_gpu(host: Host, card: str) -> GpuView:
    total = _number(_read(host, card, "mem_info_vram_total"))
    used = _number(_read(host, card, "mem_info_vram_used"))
    busy = _number(_read(host, card, "gpu_busy_percent"))
    return GpuView(
        name=_read(host, card, "product_name") or "AMD GPU",
        memory_total_bytes=total,
        memory_free_bytes=None if total is None or used is None else max(0, total - used),
        utilisation=None if busy is None else busy / 100,
        temperature_c=sensor_temperature(host, f"{card}/hwmon"),
    )


def _why_none(host: Host, nvidia_note: str) -> str:
    makers = {_read(host, f"{CARDS}/{name}/device", "vendor") for name in _cards(host)}
    if INTEL in makers:
        return f"{nvidia_note} The GPU in the Intel processor is not used."
    return nvidia_note


def _read(host: Host, card: str, name: str) -> str:
    return (host.text(f"{card}/{name}") or "").strip()


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
