"""Who is at the other end of a socket: the one place that asks the system.

A Unix socket is open to this user and to root; loopback TCP to any program of
this machine, which then has to show the token.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Any, Literal

Door = Literal["unix", "tcp"]

_LINUX_UCRED = struct.Struct("iII")
"""pid, uid, gid."""
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1
_XUCRED = struct.Struct("II")
"""version, uid; the groups that follow are not read."""


def peer_uid(sock: Any) -> int | None:
    """User id of the process at the other end of a Unix socket; None where it cannot be told."""
    try:
        if sys.platform == "darwin":
            credentials = sock.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 76)
            return int(_XUCRED.unpack_from(credentials)[1])
        credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _LINUX_UCRED.size)
        return int(_LINUX_UCRED.unpack(credentials)[1])
    except (OSError, AttributeError, struct.error):
        return None


def door_of(sock: Any) -> Door | None:
    """The door that an accepted connection came by; None where its peer may not come in."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        return "tcp" if _is_loopback(sock) else None
    return "unix" if peer_uid(sock) in (os.getuid(), 0) else None


def _is_loopback(sock: Any) -> bool:
    try:
        host = str(sock.getpeername()[0])
    except OSError:
        return False
    return host.startswith(("127.", "::ffff:127.")) or host == "::1"
