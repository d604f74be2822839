"""Asks the kernel for its way to a number: rules and tables of every kind count; no packet is sent.

Naming the far end of a UDP socket has the kernel choose the near one, and nothing more.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Set

import psutil

PORT = 443
"""Any would do."""


def has_way(numbers: Iterable[str], up: Set[str]) -> bool:
    """Whether a way leads to one of these addresses, over an interface that is up."""
    return any(own and _is_up(own, up) for own in map(own_end, numbers))


def own_end(number: str) -> str:
    """The address of this machine from which a packet would go there; empty where none would."""
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((number, PORT))
            return _plain(str(asked.getsockname()[0]))
    except OSError:
        return ""


def _is_up(address: str, up: Set[str]) -> bool:
    """Its interface is; a cable may be out while its routes stay."""
    try:
        found = psutil.net_if_addrs()
    except (OSError, RuntimeError):
        return True
    owners = {
        name
        for name, addresses in found.items()
        if not name.startswith("lo") and any(_plain(one.address) == address for one in addresses)
    }
    return not owners or not owners.isdisjoint(up)


def _plain(address: str) -> str:
    """Without the interface that stands behind a `%`."""
    return address.partition("%")[0].lower()
