"""Wakes up when something about the network changes; what changed is for others to look at.

Linux       a netlink socket, a timer    netlink.py, boot_timer.py
macOS       the route socket             route_socket.py
elsewhere   a look every two seconds     polling.py
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from homeport.daemon.link.boot_timer import BootTimer

log = logging.getLogger("homeport.link")


class Events(Protocol):
    """A source of wake-ups."""

    async def wait(self) -> None:
        """Return once something has changed since the last return; a storm is one change."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def open_events() -> Events:
    """The best source that this system has."""
    from homeport.daemon.link.kernel_socket import KernelSocket
    from homeport.daemon.link.polling import Polling

    try:
        if sys.platform == "linux":
            from homeport.daemon.link.netlink import open_netlink

            return KernelSocket(open_netlink(), _boot_timer())
        if sys.platform == "darwin":
            from homeport.daemon.link.route_socket import open_route_socket

            return KernelSocket(open_route_socket())
    except OSError as refused:
        log.warning("the system tells nothing of link changes (%s); looking instead", refused)
    return Polling()


def _boot_timer() -> BootTimer | None:
    from homeport.daemon.link.boot_timer import BootTimer

    try:
        return BootTimer()
    except (OSError, AttributeError) as refused:
        log.warning("a sleep of this machine is seen a few seconds late (%s)", refused)
        return None
