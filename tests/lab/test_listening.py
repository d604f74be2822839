"""A port that refuses, and keeps its number."""

from __future__ import annotations

import asyncio
import socket

import pytest

from homeport.lab.listening import Port
from homeport.lab.server import LabServer


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def knock(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


async def test_it_refuses_and_takes_connections_again() -> None:
    port = Port(hang_up, "127.0.0.1", 0)
    await port.open()
    number = port.number
    await knock(number)
    port.refuse()
    with pytest.raises(ConnectionRefusedError):
        await knock(number)
    await port.listen()
    await knock(number)
    await port.close()
    assert port.number == number


async def test_nobody_else_gets_the_number_meanwhile() -> None:
    port = Port(hang_up, "127.0.0.1", 0)
    await port.open()
    port.refuse()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port.number))
    await port.close()


async def test_a_refusal_of_some_seconds_ends_by_itself() -> None:
    async with LabServer(faults=["refuse:seconds=1"]) as lab:
        with pytest.raises(ConnectionRefusedError):
            await knock(lab.port)
        async with asyncio.timeout(10):
            while lab.log.connections == 0:
                try:
                    await knock(lab.port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.01)


async def test_a_refusal_ends_what_was_open() -> None:
    async with LabServer() as lab:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(b"GET /v1/models HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await lab.set_faults("refuse")
        async with asyncio.timeout(10):
            while await reader.read(65536):
                pass
        writer.close()
