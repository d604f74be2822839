"""Reads a socket of the kernel for its news alone: nothing of a message is parsed.

While nobody waits the socket is not read, so that a storm of messages costs
nothing: the kernel drops what is too much and says that it did.
"""

from __future__ import annotations

import asyncio
import socket

MOST_READS = 256
"""Messages taken at one wake-up; what is left wakes again."""
MESSAGE_BYTES = 65_536


class KernelSocket:
    """An `Events` over a socket that does not block."""

    def __init__(self, source: socket.socket) -> None:
        self._source = source

    def __repr__(self) -> str:
        return f"KernelSocket(family {int(self._source.family)})"

    async def wait(self) -> None:
        """Return once there was news; everything that waited is taken."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()
        loop.add_reader(self._source, news.set)
        try:
            await news.wait()
        finally:
            loop.remove_reader(self._source)
        self._drain()

    def close(self) -> None:
        """Close the socket."""
        self._source.close()

    def _drain(self) -> None:
        for _ in range(MOST_READS):
            try:
                if not self._source.recv(MESSAGE_BYTES):
                    return
            except BlockingIOError:
                return
            except OSError:
                continue  # more came than the kernel could hold: that is news too
