"""The socket on which macOS tells of links, addresses and routes."""

from __future__ import annotations

import socket

PF_ROUTE = 17


def open_route_socket() -> socket.socket:
    """Raises OSError where the system does not allow it."""
    made = socket.socket(PF_ROUTE, socket.SOCK_RAW, 0)
    made.setblocking(False)
    return made
