"""From an open lock to the last answer: start, serve, drain, stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from homeport.client import paths
from homeport.client.versions import VERSION
from homeport.client.wire import Address
from homeport.daemon.api.guards import hosts_of
from homeport.daemon.api.house import House
from homeport.daemon.app import App
from homeport.daemon.assemble import Daemon
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.config.settings import Config
from homeport.daemon.handover.ready import get_ready
from homeport.daemon.http.listeners import Doors, tcp_listener, unix_listener, url_of
from homeport.daemon.instance import Instance
from homeport.policies.errors import DaemonTrouble

YOUNG_OBJECTS = 20_000
"""Made, and not yet freed by their counts, before the collector looks for cycles among them.

A prompt leaves hardly any: looking every few prompts (Python's own 700) only costs.
"""
READY_S = 1.0
"""After the start: what only an answer that is cut off needs is loaded."""
STOP_S = 10.0
"""For the rooms to close, before the process ends all the same."""

log = logging.getLogger("homeport.daemon")


class Stopping:
    """Two steps: the first order drains, the second one stops at once."""

    def __init__(self) -> None:
        self.ordered = asyncio.Event()
        self.at_once = asyncio.Event()

    def __repr__(self) -> str:
        return f"Stopping(ordered={self.ordered.is_set()}, at_once={self.at_once.is_set()})"

    def order(self) -> None:
        """Drain; a further order stops at once."""
        if self.ordered.is_set():
            self.at_once.set()
        self.ordered.set()

    def drain(self) -> None:
        """Drain, however often it is said."""
        self.ordered.set()

    def listen_to_signals(self) -> None:
        """SIGTERM and SIGINT are orders."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.order)


async def serve(
    config_file: ConfigFile, instance: Instance, token: str, learn_secret: Callable[[str], None]
) -> None:
    """Run the daemon until it is told to stop. Raises `HomeportError` where it cannot start."""
    stopping = Stopping()
    stopping.listen_to_signals()
    config = config_file.current
    listeners, address = open_listeners(config, paths.socket_path())
    instance.remember_socket()
    daemon = Daemon(VERSION, config_file, token, learn_secret)
    daemon.address = address
    await daemon.start()
    standing = "is" if config_file.path.exists() else "is not there: the defaults are"
    log.info("%s %s in force", config_file.path, standing)
    house = House(daemon, stopping.drain)
    house.look_into_the_outbox()
    try:
        port = listeners[-1].getsockname()[1] if address.url else 0
        app = App(house, token, hosts_of(port))
        await _serve(app, house, listeners, instance, stopping)
    finally:
        instance.withdraw()
        try:
            async with asyncio.timeout(STOP_S):
                await house.close()
                await daemon.stop()
        except TimeoutError:
            log.error("the rooms did not close within %.0f s", STOP_S)
        log.info("stopped")


def open_listeners(config: Config, socket_path: Path | None) -> tuple[list[socket.socket], Address]:
    """The Unix socket, then TCP. A taken port is said in the log, and the socket serves alone."""
    listeners = [] if socket_path is None else [unix_listener(socket_path)]
    tcp = None
    if config.listen.tcp:
        try:
            tcp = tcp_listener(config.listen.port)
        except DaemonTrouble as trouble:
            if not listeners:
                raise
            log.warning("%s", trouble.sentence)
        else:
            listeners.append(tcp)
    return listeners, Address(socket=str(socket_path or ""), url=url_of(tcp))


async def _serve(
    app: App,
    house: House,
    listeners: list[socket.socket],
    instance: Instance,
    stopping: Stopping,
) -> None:
    daemon = house.daemon
    async with asyncio.TaskGroup() as group:
        doors = Doors(app, group)
        await doors.open(listeners)
        instance.announce(daemon.address, VERSION)
        log.info("listening: pid %d, %s", os.getpid(), told(daemon.address))
        # What was loaded stays: the collector need not look at it again.
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)
        gc.enable()
        daemon.rooms.lull.may_hold_collector = True
        asyncio.get_running_loop().call_later(READY_S, get_ready)
        await stopping.ordered.wait()
        log.info("stopping: %d prompts are being answered", daemon.in_flight)
        daemon.drain()
        doors.drain()
        await _drained(doors, house, stopping, daemon.config.timeouts.drain_s)
        await doors.close()


async def _drained(doors: Doors, house: House, stopping: Stopping, drain_s: float) -> None:
    """Return when nothing is being answered, the time is up, or a second order came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(drain_s), asyncio.TaskGroup() as group:
            impatience = group.create_task(stopping.at_once.wait())
            quiet = group.create_task(_quiet(doors, house))
            await asyncio.wait((impatience, quiet), return_when=asyncio.FIRST_COMPLETED)
            impatience.cancel()
            quiet.cancel()


async def _quiet(doors: Doors, house: House) -> None:
    await doors.quiet()
    await house.quiet()


def told(address: Address) -> str:
    """Where it listens, for the log."""
    return ", ".join(part for part in (address.socket, address.url) if part)
