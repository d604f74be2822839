"""`homeport machine`: this machine, the link and the providers as they are now."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import heading, pairs, write_json
from homeport.cli.status import link_text
from homeport.client.connection import Connection
from homeport.client.units import clock, memory, size

if TYPE_CHECKING:
    from homeport.client.wire import GpuView, KeyView, MachineView, Snapshot

PARTS = ("machine", "link", "keys")


def arguments(parser: ArgumentParser, verb: str) -> None:
    """`machine` has no options of its own."""


def run(args: Namespace) -> int:
    """Prints what the daemon measured last."""
    reply = Connection().get("status")
    if args.json:
        whole = json.loads(reply.body)
        write_json({part: whole.get(part) for part in PARTS})
    else:
        show(reply.read())
    return exit_codes.DONE


def show(snapshot: Snapshot) -> None:
    """The measurements, then the providers."""
    pairs([*_measured(snapshot.machine), ("link", _link(snapshot))])
    counts = Counter(str(model.id).partition("/")[0] for model in snapshot.models)
    keys = {key.provider: key for key in snapshot.keys}
    if names := [*counts, *(name for name in keys if name not in counts)]:
        heading("providers")
        pairs((name, _provider(counts[name], keys.get(name))) for name in names)


def _measured(machine: MachineView) -> list[tuple[str, str]]:
    load = "" if machine.cpu_load is None else f"{machine.cpu_load * 100:.0f} % busy"
    cores = f"{machine.cores} cores" if machine.cores else ""
    free = ""
    if machine.memory_total_bytes is not None:
        free = f"{memory(machine.memory_free_bytes, machine.memory_total_bytes)} free"
    rows = [
        ("cpu", _joined(load, cores, machine.cpu_name, _degrees(machine.temperature_c))),
        ("memory", free),
    ]
    rows += [(f"gpu {number}", _gpu(gpu)) for number, gpu in enumerate(machine.gpus, 1)]
    if not machine.gpus:
        rows.append(("gpu", machine.gpu_note or "none was found"))
    rows.append(("battery", _battery(machine)))
    free_disk = machine.disk_free_bytes
    return [*rows, ("disk", "" if free_disk is None else f"{size(free_disk)} free for models")]


def _gpu(gpu: GpuView) -> str:
    busy = "" if gpu.utilisation is None else f"{gpu.utilisation * 100:.0f} % busy"
    free = ""
    if gpu.memory_total_bytes is not None:
        free = f"{memory(gpu.memory_free_bytes, gpu.memory_total_bytes)} free"
    return _joined(busy, free, gpu.name, _degrees(gpu.temperature_c))


def _degrees(celsius: float | None) -> str:
    return "" if celsius is None else f"{celsius:.0f} degrees Celsius"


def _battery(machine: MachineView) -> str:
    if machine.battery_percent is None:
        return ""
    return f"{machine.battery_percent:.0f} %, {'in use' if machine.on_battery else 'plugged in'}"


def _link(snapshot: Snapshot) -> str:
    link = snapshot.link
    since = f" since {clock(link.since_ms)[:5]}" if link.since_ms else ""
    return f"{link_text(link)}{since}"


def _provider(models: int, key: KeyView | None) -> str:
    counted = f"{models} model{'' if models == 1 else 's'}" if models else ""
    if key is None:
        return counted
    state = "no key" if key.state == "absent" else f"key {key.state}"
    return _joined(counted, state, key.source or "", key.sentence or "")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
