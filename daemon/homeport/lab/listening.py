"""A port that can stop listening and begin again, without anybody else taking it meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from homeport.lab.http1 import MOST_HEAD_BYTES

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Port:
    """One TCP port of this machine."""

    def __init__(self, serve: Serve, host: str, number: int) -> None:
        self._serve = serve
        self.host = host
        self.number = number
        self._server: asyncio.Server | None = None
        self._keeper: socket.socket | None = None
        """Bound and never listening: it keeps the number ours while connections are refused."""
        self._reopening: asyncio.Task[None] | None = None
        self._group = asyncio.TaskGroup()

    async def open(self) -> None:
        """Take the port, and listen."""
        await self._group.__aenter__()
        self._keeper = self._bound()
        self.number = int(self._keeper.getsockname()[1])
        await self.listen()

    async def listen(self) -> None:
        """Take connections."""
        self._forget_reopening()
        if self._server is None:
            self._server = await asyncio.start_server(
                self._serve, sock=self._bound(), limit=MOST_HEAD_BYTES
            )

    def refuse(self, seconds: float | None = None) -> None:
        """Refuse connections, for good or for so long."""
        self._forget_reopening()
        if self._server:
            self._server.close()
            self._server = None
        if seconds is not None:
            self._reopening = self._group.create_task(self._listen_after(seconds))

    async def close(self) -> None:
        """Give the port back."""
        self.refuse()
        if self._keeper:
            self._keeper.close()
        await self._group.__aexit__(None, None, None)

    async def _listen_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._reopening = None
        await self.listen()

    def _forget_reopening(self) -> None:
        if self._reopening:
            self._reopening.cancel()
            self._reopening = None

    def _bound(self) -> socket.socket:
        # With the protocol named, asyncio sends small pieces at once on what is accepted.
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        with contextlib.suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        try:
            bound.bind((self.host, self.number))
        except OSError:
            bound.close()
            raise
        return bound
