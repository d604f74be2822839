"""The socket on which Linux tells of links, addresses and routes."""

from __future__ import annotations

import socket

NETLINK_ROUTE = 0
LINKS, IPV4_ADDRESSES, IPV4_ROUTES, IPV6_ADDRESSES, IPV6_ROUTES = 0x1, 0x10, 0x40, 0x100, 0x400
GROUPS = LINKS | IPV4_ADDRESSES | IPV4_ROUTES | IPV6_ADDRESSES | IPV6_ROUTES


def open_netlink() -> socket.socket:
    """Bound to the groups; raises OSError where the system does not allow it."""
    made = socket.socket(getattr(socket, "AF_NETLINK", 16), socket.SOCK_RAW, NETLINK_ROUTE)
    try:
        made.setblocking(False)
        made.bind((0, GROUPS))
    except BaseException:
        made.close()
        raise
    return made
