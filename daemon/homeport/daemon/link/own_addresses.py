"""The addresses that this machine has: a connection from one that is gone is dead."""

from __future__ import annotations

import socket

import psutil

FAMILIES = (socket.AF_INET, socket.AF_INET6)


def own_addresses() -> frozenset[str] | None:
    """Of every interface; None where the system does not tell at the moment."""
    try:
        found = psutil.net_if_addrs()
    except (OSError, RuntimeError):
        return None
    return frozenset(
        plain(address.address)
        for addresses in found.values()
        for address in addresses
        if address.family in FAMILIES
    )


def plain(address: str) -> str:
    """Without the interface that stands behind a `%`."""
    return address.partition("%")[0].lower()
