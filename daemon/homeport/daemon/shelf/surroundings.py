"""What rules may look at besides the prompt: the clock, the link, the battery."""

from __future__ import annotations

import time

from homeport.client.wire import LinkView, MachineView
from homeport.policies.rules.rule import Surroundings


def surroundings(machine: MachineView, link: LinkView, now_s: float | None = None) -> Surroundings:
    """As they are; `now_s` is Unix time, the hour is told in this machine's own zone."""
    power = {True: "battery", False: "mains", None: ""}[machine.on_battery]
    percent = machine.battery_percent
    return Surroundings(
        hour=time.localtime(now_s).tm_hour,
        link=_link(link),
        battery=None if percent is None else round(percent / 100, 2),
        power=power,
        metered=link.metered,
    )


_SHOWN = {
    "online": "online",
    "degraded": "online",
    "captive": "offline",
    "offline": "offline",
    "unknown": "",
}


def _link(link: LinkView) -> str:
    if link.by_choice:
        return "offline-by-choice"
    return _SHOWN[link.state]
