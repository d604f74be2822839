"""The listening sockets, and the doors that stand behind them."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from homeport.daemon.http.connection import Connection
from homeport.daemon.http.exchange import Application
from homeport.policies.errors import DaemonTrouble

BACKLOG = 1024
MAX_CONNECTIONS = 2048
TCP_HOST = "127.0.0.1"
_UNIX_PATH_BYTES = 107


def unix_listener(path: Path) -> socket.socket:
    """A Unix socket at `path`, mode 0600, listening. The folder is ours and the path is free."""
    if len(str(path).encode()) > _UNIX_PATH_BYTES:
        raise DaemonTrouble(
            f"The socket's path {path} is longer than the {_UNIX_PATH_BYTES} bytes that a system"
            " allows. Set HOMEPORT_SOCKET to a shorter one.",
            code="socket_path",
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise DaemonTrouble(
            f"The socket {path} could not be made: {error.strerror}.", code="socket_path"
        ) from error
    return listener


def tcp_listener(port: int) -> socket.socket:
    """A loopback TCP socket, listening. Raises `DaemonTrouble` where the port is taken."""
    # With the protocol named, asyncio sets TCP_NODELAY on what is accepted.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((TCP_HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise DaemonTrouble(_port_sentence(port, error), code="port_taken") from error
    return listener


def _port_sentence(port: int, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"TCP port {port} could not be opened: {error.strerror}. See `listen.port`."
    return (
        f"TCP port {port} is taken by another program: choose another with `listen.port`."
        " The Unix socket serves meanwhile."
    )


def url_of(listener: socket.socket | None) -> str:
    """The base URL of a TCP listener; empty without one."""
    if listener is None:
        return ""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


class Doors:
    """Owns the connections. Serves from `open()` until its task group ends."""

    def __init__(self, application: Application, group: asyncio.TaskGroup) -> None:
        self.application = application
        self.closing = False
        """Every answer is the last on its connection."""
        self._group = group
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    def __repr__(self) -> str:
        return f"Doors({len(self._connections)} connections, {len(self._tasks)} requests)"

    async def open(self, listeners: Sequence[socket.socket]) -> None:
        """Accept connections on each socket."""
        loop = asyncio.get_running_loop()
        for listener in listeners:
            server = await loop.create_server(
                lambda: Connection(self), sock=listener, backlog=BACKLOG
            )
            self._servers.append(server)

    def drain(self) -> None:
        """Answers that end from here on close their connections; idle connections end now."""
        self.closing = True
        for connection in list(self._connections):
            connection.close_when_idle()

    async def quiet(self) -> None:
        """Wait until nothing is being answered."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Accept no more, break off what still runs, and let go of the sockets."""
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        # Answers get the turns of the loop that they need to settle what they have begun.
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self.quiet()
        for connection in list(self._connections):
            connection.abort()

    # What a connection needs of its host

    def has_room(self, connection: Connection) -> bool:
        """Take a connection in, unless there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return False
        self._connections.add(connection)
        return True

    def farewell(self, connection: Connection) -> None:
        """A connection is lost."""
        self._connections.discard(connection)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run the answering of one request in the task group."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
