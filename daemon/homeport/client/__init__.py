"""What a client may know: paths, wire values, connections.

The names are loaded when they are first used, so that importing this package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from homeport.client.connection import Connection, LineStream, Reply
    from homeport.client.errors import (
        BrokenAnswer,
        ClientError,
        DaemonError,
        NoDaemon,
        SocketRefused,
        StartFailed,
    )
    from homeport.client.start import ensure_daemon, start_daemon
    from homeport.client.versions import API_VERSION, VERSION

__all__ = [
    "API_VERSION",
    "VERSION",
    "BrokenAnswer",
    "ClientError",
    "Connection",
    "DaemonError",
    "LineStream",
    "NoDaemon",
    "Reply",
    "SocketRefused",
    "StartFailed",
    "ensure_daemon",
    "start_daemon",
]

_HOMES = {
    "connection": ("Connection", "LineStream", "Reply"),
    "errors": (
        "BrokenAnswer",
        "ClientError",
        "DaemonError",
        "NoDaemon",
        "SocketRefused",
        "StartFailed",
    ),
    "start": ("ensure_daemon", "start_daemon"),
    "versions": ("API_VERSION", "VERSION"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
