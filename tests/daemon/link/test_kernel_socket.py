"""News of the kernel wakes, a storm is one piece of news, and nothing of it is parsed."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from homeport.daemon.link.events import open_events
from homeport.daemon.link.kernel_socket import MOST_READS, KernelSocket


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    theirs.setblocking(False)
    events = KernelSocket(ours)
    yield events, theirs
    events.close()
    theirs.close()


async def test_news_wakes_whatever_it_says(pair):
    events, theirs = pair
    waiting = asyncio.create_task(events.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    theirs.send(b"\xff" * 9)
    async with asyncio.timeout(10):
        await waiting


async def test_a_storm_is_one_wake_up(pair):
    events, theirs = pair
    sent = 0
    while sent < MOST_READS - 1:
        try:
            theirs.send(b"x")
        except BlockingIOError:
            break
        sent += 1
    assert sent > 1
    async with asyncio.timeout(10):
        await events.wait()
    again = asyncio.create_task(events.wait())
    await asyncio.sleep(0.01)
    assert not again.done()
    theirs.send(b"x")
    async with asyncio.timeout(10):
        await again


async def test_a_kernel_that_dropped_news_has_told_news(pair):
    events, _ = pair

    class Overrun:
        """Says first that more came than it could hold."""

        def __init__(self) -> None:
            self.said = [OSError(105, "No buffer space available"), BlockingIOError()]

        def recv(self, _bytes: int) -> bytes:
            raise self.said.pop(0)

    events._source, real = Overrun(), events._source
    events._drain()
    assert events._source.said == []
    events._source = real


@pytest.mark.skipif(sys.platform != "linux", reason="netlink is Linux's")
async def test_linux_has_a_netlink_socket():
    events = open_events()
    try:
        assert repr(events) == "KernelSocket(family 16)"
    finally:
        events.close()
