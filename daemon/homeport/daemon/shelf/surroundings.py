"""What rules may look at besides the prompt: the clock, the link, the battery."""

from __future__ import annotations

import time
from functools import lru_cache

from homeport.client.wire import LinkView, MachineView
from homeport.policies.rules.rule import Surroundings


def surroundings(machine: MachineView, link: LinkView, now_s: float | None = None) -> Surroundings:
    """As they are; `now_s` is Unix time, the hour is told in this machine's own zone."""
    hour = _hour(int(time.time() if now_s is None else now_s))
    return _made(hour, _link(link), link.metered, machine.battery_percent, machine.on_battery)


@lru_cache(maxsize=1)
def _hour(second: int) -> int:
    """Where that second is; asked for every prompt, and slow to tell."""
    return time.localtime(second).tm_hour


@lru_cache(maxsize=16)
def _made(
    hour: int, link: str, metered: bool | None, percent: float | None, on_battery: bool | None
) -> Surroundings:
    return Surroundings(
        hour=hour,
        link=link,
        battery=None if percent is None else round(percent / 100, 2),
        power={True: "battery", False: "mains", None: ""}[on_battery],
        metered=metered,
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
