"""The listening sockets, and closing what stands behind them."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.http.listeners import Doors, tcp_listener, unix_listener, url_of
from homeport.policies.errors import DaemonTrouble
from support.polling import until


def test_the_unix_socket_is_its_owners_alone(tmp_path: Path) -> None:
    with unix_listener(tmp_path / "s") as listener:
        assert listener.family == socket.AF_UNIX
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(DaemonTrouble, match="HOMEPORT_SOCKET"):
        unix_listener(tmp_path / ("x" * 120))


def test_a_path_that_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(DaemonTrouble, match="could not be made"):
        unix_listener(tmp_path / "missing" / "s")


def test_tcp_is_loopback_and_sends_at_once() -> None:
    with tcp_listener(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert url_of(None) == ""


def test_a_taken_port_names_the_setting() -> None:
    with tcp_listener(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(DaemonTrouble, match=rf"{port} is taken.*listen\.port"):
            tcp_listener(port)


async def waits(_scope: Any, receive: Any, _send: Any) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def test_drain_closes_the_idle_and_waits_for_the_busy(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as group:
        doors = Doors(waits, group)
        await doors.open([unix_listener(tmp_path / "s")])
        idle, idle_writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        busy, busy_writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        busy_writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await until(lambda: repr(doors) == "Doors(2 connections, 1 requests)")
        doors.drain()
        assert await idle.read() == b""
        quiet = group.create_task(doors.quiet())
        await asyncio.sleep(0)
        assert not quiet.done()
        await doors.close()
        await quiet
        with pytest.raises(ConnectionError):
            await broken_off(busy)
        idle_writer.close()
        busy_writer.close()


async def broken_off(reader: asyncio.StreamReader) -> None:
    """An abort shows as an end or as a reset, by the system's mood."""
    if await reader.read() == b"":
        raise ConnectionResetError
