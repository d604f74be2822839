"""What a client may know: paths, wire values, connections; and the door for Python programs.

    from homeport.client import Client, ask

The names are loaded when they are first used, so that importing this package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from homeport.client.async_client import AsyncAnswer, AsyncClient, AsyncStream, aask
    from homeport.client.client import Answer, Client, Stream, ask
    from homeport.client.connection import Connection, LineStream, Reply
    from homeport.client.errors import (
        BrokenAnswer,
        ClientError,
        Closed,
        DaemonError,
        NoDaemon,
        SocketRefused,
        StartFailed,
    )
    from homeport.client.options import AskOptions, EditOptions, PromptOptions
    from homeport.client.result import Result
    from homeport.client.start import ensure_daemon, start_daemon
    from homeport.client.versions import API_VERSION, VERSION

__all__ = [
    "API_VERSION",
    "VERSION",
    "Answer",
    "AskOptions",
    "AsyncAnswer",
    "AsyncClient",
    "AsyncStream",
    "BrokenAnswer",
    "Client",
    "ClientError",
    "Closed",
    "Connection",
    "DaemonError",
    "EditOptions",
    "LineStream",
    "NoDaemon",
    "PromptOptions",
    "Reply",
    "Result",
    "SocketRefused",
    "StartFailed",
    "Stream",
    "aask",
    "ask",
    "ensure_daemon",
    "start_daemon",
]

_HOMES = {
    "async_client": ("AsyncAnswer", "AsyncClient", "AsyncStream", "aask"),
    "client": ("Answer", "Client", "Stream", "ask"),
    "connection": ("Connection", "LineStream", "Reply"),
    "errors": (
        "BrokenAnswer",
        "ClientError",
        "Closed",
        "DaemonError",
        "NoDaemon",
        "SocketRefused",
        "StartFailed",
    ),
    "options": ("AskOptions", "EditOptions", "PromptOptions"),
    "result": ("Result",),
    "start": ("ensure_daemon", "start_daemon"),
    "versions": ("API_VERSION", "VERSION"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
