"""A whole daemon in this process, behind its real doors, with scripted models.

async with whole_daemon("name=calm;words=Hello there") as daemon:
    reply = await daemon.ask("GET", "/api/tags")
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from homeport.client import paths
from homeport.daemon.api.guards import hosts_of
from homeport.daemon.api.house import House
from homeport.daemon.app import App
from homeport.daemon.assemble import Daemon
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.http.listeners import Doors, tcp_listener, url_of
from support.doors import Reply, read_reply

TOKEN = "test-token-0123456789-0123456789-0123456789"
QUIET = "[ollama]\nenabled = false\n[probing]\nlocal_ports = false\n[models]\nscan_stores = false\n"


@dataclass
class WholeDaemon:
    """The daemon, and where it listens."""

    daemon: Daemon
    url: str

    @property
    def open_url(self) -> str:
        """For clients that cannot send a token."""
        return f"{self.url}/t/{TOKEN}"

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One request on a connection of its own."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        lines = {
            "host": f"{host}:{port}",
            "authorization": f"Bearer {TOKEN}",
            "content-length": str(len(raw)),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + raw)
            async with asyncio.timeout(30):
                return await read_reply(reader, head_only=method == "HEAD")
        finally:
            writer.close()

    async def lines(self, path: str, body: Any) -> list[Any]:
        """The JSON lines of a streamed answer."""
        reply = await self.ask("POST", path, body)
        assert reply.status == 200, reply.body
        return [json.loads(line) for line in reply.body.splitlines()]


@asynccontextmanager
async def whole_daemon(echo: str = "", config: str = QUIET) -> AsyncIterator[WholeDaemon]:
    """It runs while the context lasts, and knows no key of the user."""
    paths.config_path().parent.mkdir(parents=True, exist_ok=True)
    paths.config_path().write_text(config)
    config_file = ConfigFile(paths.config_path())
    config_file.load()
    daemon = Daemon("0.0-test", config_file, TOKEN)
    os.environ["HOMEPORT_ECHO"] = echo
    try:
        await daemon.start()
    finally:
        del os.environ["HOMEPORT_ECHO"]
    tcp = tcp_listener(0)
    house = House(daemon, lambda: None)
    app = App(house, TOKEN, hosts_of(tcp.getsockname()[1]))
    try:
        async with asyncio.TaskGroup() as group:
            doors = Doors(app, group)
            await doors.open([tcp])
            try:
                yield WholeDaemon(daemon, url_of(tcp))
            finally:
                daemon.drain()
                await doors.close()
    finally:
        await house.close()
        await daemon.stop()
