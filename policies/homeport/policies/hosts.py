"""Which hosts are this machine, and which ones the person trusts."""

from __future__ import annotations

from collections.abc import Sequence

# A server that is configured with its wildcard address is reached on this machine.
_HERE = frozenset({"", "localhost", "::1", "::", "0.0.0.0"})  # noqa: S104 compared, never bound


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether `host` (with or without a port; empty or a socket path too) is this machine."""
    if host.startswith(("/", "unix:")):
        return True
    name = _without_port(host.lower())
    return name in _HERE or (name.startswith("127.") and name.replace(".", "").isdigit())


def is_trusted(host: str, trusted_hosts: Sequence[str]) -> bool:
    """Whether the person named `host` as trusted; an entry with a port means that port alone."""
    if not host or not trusted_hosts:
        return False
    with_port = host.lower()
    name = _without_port(with_port)
    trusted = {entry.lower() for entry in trusted_hosts}
    return with_port in trusted or name in trusted or f"[{name}]" in trusted
