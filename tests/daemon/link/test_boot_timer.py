"""The timer by which a machine that woke up is seen at once."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from homeport.daemon.link.boot_timer import CLOCK_BOOTTIME, BootTimer
from homeport.daemon.link.events import open_events
from homeport.daemon.link.kernel_socket import KernelSocket

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a timer of Linux")


async def test_it_ends_a_wait_each_time_though_no_news_came() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    timer = BootTimer(0.01)
    assert repr(timer) == "BootTimer(0.01 s)"
    events = KernelSocket(ours, timer)
    async with asyncio.timeout(20):
        await events.wait()
        await events.wait()
    events.close()
    theirs.close()
    with pytest.raises(OSError, match="Bad file"):
        timer.begin()


async def test_it_is_over_at_once_where_its_time_passed_while_nobody_waited() -> None:
    timer = BootTimer(0.001)
    timer.begin()
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(timer, over.set)
    async with asyncio.timeout(20):
        await over.wait()
    loop.remove_reader(timer)
    timer.close()


def test_it_goes_by_the_clock_that_goes_on_in_sleep() -> None:
    timer = BootTimer()
    told = Path(f"/proc/self/fdinfo/{timer.fileno()}").read_text()
    assert f"clockid: {CLOCK_BOOTTIME}\n" in told
    timer.close()


def test_events_of_this_system_have_one() -> None:
    events = open_events()
    assert isinstance(events, KernelSocket)
    assert repr(events._sleep) == "BootTimer(5.5 s)"
    events.close()
