"""`homeport status`: what is running and how it stands, on one screen."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.budget import pace_name, pace_text, window_name
from homeport.cli.output import pairs, talk, write, write_json
from homeport.cli.trouble import version_difference
from homeport.client.connection import Connection
from homeport.client.units import duration, memory, money

if TYPE_CHECKING:
    from homeport.client.wire import (
        LinkView,
        MachineView,
        ModelView,
        OutboxView,
        Snapshot,
        SpendView,
        WindowView,
    )

_PLACES = ("local", "lan", "cloud")


def arguments(parser: ArgumentParser, verb: str) -> None:
    """`status` has no options of its own."""


def run(args: Namespace) -> int:
    """Prints the daemon's state."""
    reply = Connection().get("status")
    snapshot: Snapshot = reply.read()
    if difference := version_difference(snapshot.version, snapshot.api_version):
        talk(difference)
    if args.json:
        write_json(reply.body)
    else:
        show(snapshot, time.time() * 1000)
    return exit_codes.DONE


def show(snapshot: Snapshot, now_ms: float) -> None:
    """The snapshot as a person reads it."""
    verb = "is stopping" if snapshot.draining else "is running"
    up = duration(max(0, now_ms - snapshot.started_at_ms))
    write(f"homeport {snapshot.version} {verb} (process {snapshot.pid}, up {up})")
    pairs(
        [
            ("socket", snapshot.address.socket),
            ("address", snapshot.address.url),
            ("config", _config_text(snapshot.config_error)),
            ("policy", snapshot.mode),
            ("link", link_text(snapshot.link)),
            ("models", models_text(snapshot.models)),
            ("machine", machine_text(snapshot.machine)),
            ("keys", _keys_text(snapshot)),
            ("outbox", outbox_text(snapshot.outbox)),
            ("today", _today_text(snapshot.spend)),
            *[(w.window, window_text(w)) for w in snapshot.spend.windows],
            *[(window_name(w), window_text(w)) for w in snapshot.spend.scoped],
            *[(pace_name(pace), pace_text(pace)) for pace in snapshot.spend.paces],
        ]
    )


def _config_text(error: str | None) -> str:
    """Empty while the file on disk is in force."""
    return f"not in force, the last good one is: {error}" if error else ""


def link_text(link: LinkView) -> str:
    """Such as `online, metered`; the person's choice stands before what the system says."""
    metered = ", metered" if link.metered else ""
    if link.by_choice:
        return f"offline by choice{metered}"
    reason = f": {link.reason}" if link.reason else ""
    return f"{link.state}{metered}{reason}"


def models_text(models: tuple[ModelView, ...]) -> str:
    """Such as `3 local (1 ready), 2 cloud`."""
    if not models:
        return "none; homeport models add default fetches a small one"
    counts = Counter(str(model.place) for model in models)
    ready = Counter(str(model.place) for model in models if model.state == "ready")
    parts = [
        f"{counts[place]} {place}" + (f" ({ready[place]} ready)" if ready[place] else "")
        for place in _PLACES
        if counts[place]
    ]
    return ", ".join(parts)


def machine_text(machine: MachineView) -> str:
    """Processor, memory, graphics and battery; what is unknown is left out."""
    cores = f"{machine.cores} cores" if machine.cores else ""
    free = ""
    if machine.memory_total_bytes is not None:
        free = f"{memory(machine.memory_free_bytes, machine.memory_total_bytes)} memory free"
    gpus = ", ".join(gpu.name for gpu in machine.gpus) or "no GPU"
    battery = "on battery" if machine.on_battery else ""
    if battery and machine.battery_percent is not None:
        battery += f" {machine.battery_percent:.0f} %"
    parts = [machine.cpu_name, cores, free, gpus, battery]
    return ", ".join(part for part in parts if part)


def window_text(window: WindowView) -> str:
    """Such as `$0.43 of $2.00, $0.02 reserved`."""
    limit = "no limit" if window.limit_nano is None else f"of {money(window.limit_nano)}"
    joint = ", " if window.limit_nano is None else " "
    reserved = f", {money(window.reserved_nano)} reserved" if window.reserved_nano else ""
    return f"{money(window.spent_nano)}{joint}{limit}{reserved}"


def outbox_text(outbox: OutboxView | None) -> str:
    """Such as `3 queued, 1 uncertain: homeport outbox`; empty where nothing is there."""
    if outbox is None:
        return ""
    states = ("queued", "sending", "answered", "failed", "uncertain")
    parts = [f"{count} {state}" for state in states if (count := getattr(outbox, state))]
    asks = ": homeport outbox" if outbox.uncertain or outbox.answered or outbox.failed else ""
    waits = f" ({outbox.sentence})" if outbox.queued and outbox.sentence else ""
    return f"{', '.join(parts)}{waits}{asks}" if parts else ""


def _keys_text(snapshot: Snapshot) -> str:
    present = [key for key in snapshot.keys if key.state != "absent"]
    return ", ".join(f"{key.provider} {key.state}" for key in present) or "none"


def _today_text(spend: SpendView) -> str:
    prompts = "prompt" if spend.requests_today == 1 else "prompts"
    estimated = f", {spend.unknown_today} estimated" if spend.unknown_today else ""
    answers = f"{spend.local_today} local, {spend.cloud_today} cloud"
    return f"{spend.requests_today} {prompts} (answers: {answers}{estimated})"
