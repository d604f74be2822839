"""A real `homeportd` in a home of its own, reached over real sockets.

    async with running(tmp_path, HOMEPORT_ECHO="name=calm;words=Hello there") as daemon:
        reply = await daemon.ask("GET", "/homeport/v1/status")

The port is chosen by the system and the daemon knows no key of the user.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.doors import Reply, chunks, read_head, read_reply

START_S = 30.0
STOP_S = 20.0
QUIET_CONFIG = """
[listen]
port = 0
[ollama]
enabled = false
[models]
scan_stores = false
[probing]
local_ports = false
"""
"""Finds nothing but what a test puts there."""
HIDDEN = ("_API_KEY", "_AUTH_TOKEN", "_BASE_URL")


@dataclass
class RunningDaemon:
    """One process, and where it listens."""

    home: Path
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def socket(self) -> Path:
        return self.home / "run" / "homeport.sock"

    @property
    def address(self) -> dict[str, Any]:
        """What the daemon wrote down."""
        told: dict[str, Any] = json.loads((self.home / "state" / "daemon.json").read_text())
        return told

    @property
    def url(self) -> str:
        return str(self.address["url"])

    @property
    def token(self) -> str:
        return (self.home / "state" / "token").read_text().strip()

    @property
    def log(self) -> str:
        return (self.home / "state" / "homeportd.log").read_text()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(str(self.socket), limit=2**20)

    async def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """One request over the Unix socket, answered whole."""
        reader, writer = await self.connect()
        try:
            writer.write(request(method, path, body))
            async with asyncio.timeout(60):
                return await read_reply(reader)
        finally:
            writer.close()

    async def lines(self, method: str, path: str, body: Any = None) -> AsyncIterator[Any]:
        """The JSON lines of a streamed answer, as they come."""
        reader, writer = await self.connect()
        try:
            writer.write(request(method, path, body))
            status, _ = await read_head(reader)
            assert status == 200, status
            rest = b""
            async for part in chunks(reader):
                *whole, rest = (rest + part).split(b"\n")
                for line in whole:
                    yield json.loads(line)
        finally:
            writer.close()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(number)

    async def stop(self) -> int:
        """Tell it to stop, and wait; its exit code."""
        if self.process.returncode is None:
            self.kill(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; its exit code."""
        async with asyncio.timeout(STOP_S):
            return await self.process.wait()


def request(method: str, path: str, body: Any = None) -> bytes:
    """One request, whole."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: homeport\r\ncontent-length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


def environment(home: Path, **further: str) -> dict[str, str]:
    """The test's own, without the user's keys, with the daemon's home."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(HIDDEN)}
    return kept | {"HOMEPORT_HOME": str(home)} | further


def prepare(home: Path, config: str | None) -> None:
    """Make a home, with its config."""
    home.mkdir(parents=True, exist_ok=True)
    if config is not None:
        (home / "config.toml").write_text(config)


async def launch(
    home: Path, *arguments: str, config: str | None = QUIET_CONFIG, **further: str
) -> asyncio.subprocess.Process:
    """Start the process; does not wait for it to answer."""
    prepare(home, config)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "homeport.daemon.main",
        *arguments,
        env=environment(home, **further),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def start(home: Path, *, config: str | None = QUIET_CONFIG, **further: str) -> RunningDaemon:
    """Start a daemon and wait until it answers. What it says goes to its log alone."""
    process = await launch(home, config=config, **further)
    daemon = RunningDaemon(home, process)
    async with asyncio.timeout(START_S):
        while not await _answers(daemon):
            if process.returncode is not None:
                _, said = await process.communicate()
                raise AssertionError(f"homeportd ended with {process.returncode}: {said.decode()}")
            await asyncio.sleep(0.02)
    return daemon


async def _answers(daemon: RunningDaemon) -> bool:
    if not (daemon.home / "state" / "daemon.json").exists():
        return False
    try:
        return (await daemon.ask("GET", "/healthz")).status == 200
    except OSError:
        return False


@asynccontextmanager
async def running(
    home: Path, *, config: str | None = QUIET_CONFIG, **further: str
) -> AsyncIterator[RunningDaemon]:
    """A daemon for as long as the context lasts; none is left behind."""
    daemon = await start(home, config=config, **further)
    try:
        yield daemon
    finally:
        await end(daemon)


async def end(daemon: RunningDaemon) -> None:
    """Stop it, by force where telling it is not enough."""
    try:
        await daemon.stop()
    except TimeoutError:
        daemon.kill()
        await daemon.process.wait()
    await daemon.process.communicate()
