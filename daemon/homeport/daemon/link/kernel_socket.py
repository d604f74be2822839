"""Reads a socket of the kernel for its news alone: nothing of a message is parsed.

While nobody waits the socket is not read, so that a storm of messages costs
nothing: the kernel drops what is too much and says that it did. That a machine woke
up is news too, where there is a timer that tells.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homeport.daemon.link.boot_timer import BootTimer

MOST_READS = 256
"""Messages taken at one wake-up; what is left wakes again."""
MESSAGE_BYTES = 65_536


class KernelSocket:
    """An `Events` over a socket that does not block."""

    def __init__(self, source: socket.socket, sleep: BootTimer | None = None) -> None:
        self._source = source
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"KernelSocket(family {int(self._source.family)})"

    async def wait(self) -> None:
        """Return once there was news; everything that waited is taken."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()
        loop.add_reader(self._source, news.set)
        if self._sleep is not None:
            self._sleep.begin()
            loop.add_reader(self._sleep, news.set)
        try:
            await news.wait()
        finally:
            loop.remove_reader(self._source)
            if self._sleep is not None:
                loop.remove_reader(self._sleep)
        self._drain()

    def close(self) -> None:
        """Close the socket and the timer."""
        self._source.close()
        if self._sleep is not None:
            self._sleep.close()

    def _drain(self) -> None:
        for _ in range(MOST_READS):
            try:
                if not self._source.recv(MESSAGE_BYTES):
                    return
            except BlockingIOError:
                return
            except OSError:
                continue  # more came than the kernel could hold: that is news too
