"""Whether this machine could reach anything, from its own tables; no packet is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

import psutil

UP, REJECT = 0x0001, 0x0200
IPV4, IPV6 = "/proc/net/route", "/proc/net/ipv6_route"
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
TRIES = 3
"""An interface may vanish while its state is read."""


class Reach(NamedTuple):
    """What the tables say; None is unknown."""

    interface: bool | None
    """An interface other than loopback is up."""
    way_out: bool | None
    """There is a default route, over an interface that is up."""


def reach(environment: Mapping[str, str]) -> Reach:
    """Look now."""
    up = interfaces_up()
    way_out = default_route(read, up) if sys.platform == "linux" else None
    return judged(None if up is None else bool(up), way_out, environment)


def judged(interface: bool | None, way_out: bool | None, environment: Mapping[str, str]) -> Reach:
    """What two findings mean together: nothing up leads nowhere, and a proxy may know a way."""
    if interface is False:
        return Reach(False, False)
    if way_out is False and any(environment.get(name) for name in PROXIES):
        return Reach(interface, None)
    return Reach(interface, way_out)


def interface_up() -> bool | None:
    """Whether anything but loopback is up."""
    up = interfaces_up()
    return None if up is None else bool(up)


def interfaces_up() -> frozenset[str] | None:
    """All but loopback that are up and have a carrier."""
    for _ in range(TRIES):
        try:
            interfaces = psutil.net_if_stats()
        except (OSError, RuntimeError):
            continue
        return frozenset(
            name
            for name, stats in interfaces.items()
            if stats.isup and "loopback" not in stats.flags and not name.startswith("lo")
        )
    return None


def default_route(text: Callable[[str], str | None], up: Set[str] | None = None) -> bool | None:
    """Whether the kernel's tables (IPv4, IPv6) have a default route; None without tables.

    A route over an interface that is not `up` (None: not known) leads nowhere.
    """
    tables = (text(IPV4), text(IPV6))
    if tables == (None, None):
        return None
    ways = [_way_out_4(line.split()) for line in (tables[0] or "").splitlines()[1:]]
    ways += [_way_out_6(line.split()) for line in (tables[1] or "").splitlines()]
    return any(name and (up is None or name in up) for name in ways)


def read(path: str) -> str | None:
    """A table of the kernel."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _way_out_4(columns: list[str]) -> str:
    """The interface, where a row leads out.

    interface, destination, gateway, flags, three numbers, mask, …
    """
    if len(columns) < 8 or columns[1] != "00000000" or columns[7] != "00000000":
        return ""
    return columns[0] if _usable(columns[3]) and columns[0] != "lo" else ""


def _way_out_6(columns: list[str]) -> str:
    """The interface, where a row leads out.

    destination, its length, source, its length, next hop, three numbers, flags, interface
    """
    if len(columns) < 10 or columns[0].strip("0") or columns[1] != "00":
        return ""
    return columns[9] if _usable(columns[8]) and columns[9] != "lo" else ""


def _usable(flags: str) -> bool:
    try:
        bits = int(flags, 16)
    except ValueError:
        return False
    return bool(bits & UP) and not bits & REJECT
