"""What this machine is and has left. Blocks for milliseconds, seconds where a driver hangs:
call it in a thread."""

from __future__ import annotations

import time
from pathlib import Path

from homeport.client.wire import MachineView
from homeport.daemon.probes.gpus import gpus
from homeport.daemon.probes.host import Host, ThisHost
from homeport.daemon.probes.limits import limited_memory, limited_processors
from homeport.daemon.probes.temperature import temperature

GIB = 1024**3
LEAST_SPARED = GIB // 2
SPARED_SHARE = 0.1


def measure(models_dir: Path, host: Host | None = None) -> MachineView:
    """Look at everything once. What cannot be known is None."""
    host = host or ThisHost()
    memory = host.memory()
    total, available = limited_memory(host, *memory) if memory else (None, None)
    found, note = gpus(host)
    battery = host.battery()
    return MachineView(
        at_ms=int(time.time() * 1000),
        system=f"{host.system} {host.release()}".strip(),
        cpu_name=cpu_name(host),
        cores=cores(host),
        cpu_load=cpu_load(host),
        memory_total_bytes=total,
        memory_free_bytes=available,
        gpus=found,
        gpu_note=note,
        battery_percent=battery.percent if battery else None,
        on_battery=battery.discharging if battery else None,
        disk_free_bytes=host.disk_free(models_dir),
        temperature_c=temperature(host),
    )


def cpu_name(host: Host) -> str:
    """As its maker calls it; empty where unknown."""
    if host.system == "Darwin":
        return (host.output("sysctl", "-n", "machdep.cpu.brand_string") or "").strip()
    for line in (host.text("/proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("model name", "hardware"):
            return " ".join(value.split())
    return (host.text("/proc/device-tree/model") or "").strip("\0 \n")


def cores(host: Host) -> int | None:
    """Physical cores that this process may keep busy."""
    known = (host.physical_cores(), host.usable_processors(), limited_processors(host))
    return min((count for count in known if count), default=None)


def cpu_load(host: Host) -> float | None:
    """Share of the processors in use over the last minute, 0 to 1."""
    load, processors = host.load(), host.usable_processors()
    if load is None or not processors:
        return None
    return min(1.0, load / processors)


def memory_for_models(machine: MachineView, *, gpu: bool = False) -> int | None:
    """Bytes that a model could take now, with some left for the person; None is unknown.

    `gpu` counts the roomiest GPU instead where its memory is known: only an
    engine that was built for it can use that.
    """
    on_gpus = [g.memory_free_bytes for g in machine.gpus if g.memory_free_bytes is not None]
    if gpu and on_gpus:
        return max(on_gpus)
    total, free = machine.memory_total_bytes, machine.memory_free_bytes
    if total is None or free is None:
        return None
    return max(0, free - max(LEAST_SPARED, int(total * SPARED_SHARE)))


def fits(
    machine: MachineView, memory_bytes: int | None, *, gpu: bool = False
) -> tuple[bool | None, str]:
    """Whether something that takes `memory_bytes` fits now, and a sentence with the numbers."""
    room = memory_for_models(machine, gpu=gpu)
    if memory_bytes is None:
        return None, "How much memory it takes is unknown."
    if room is None:
        return None, f"It takes {size(memory_bytes)}; how much memory is free here is unknown."
    what = f"It takes {size(memory_bytes)} of memory, and {size(room)} can be had here now"
    if memory_bytes <= room:
        return True, f"{what}."
    total = machine.memory_total_bytes
    return False, f"{what} (of {size(total)} in all)." if total else f"{what}."


def size(count: int) -> str:
    """Bytes for people, in decimal units."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            value = count / scale
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
    return f"{count} bytes"
