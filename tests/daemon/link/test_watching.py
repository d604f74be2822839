"""The loop: an event is looked at, a storm is bounded, a sleep is a loss."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

from homeport.daemon.link import watching
from homeport.daemon.link.link import SLEPT, Link
from homeport.daemon.link.probing import Probing
from homeport.daemon.link.sleeping import Sleeps
from homeport.daemon.link.watching import Watching
from homeport.daemon.probes.routes import Reach
from support.polling import until

DOWN, UP = Reach(False, False), Reach(True, True)


class Events:
    """Wakes when the test says so, or always."""

    def __init__(self):
        self.news = asyncio.Event()
        self.storm = False
        self.closed = False

    async def wait(self):
        if self.storm:
            await asyncio.sleep(0)
            return
        await self.news.wait()
        self.news.clear()

    def close(self):
        self.closed = True


class Play:
    """What the tables say, and the clocks of sleep."""

    def __init__(self, folder):
        self.found = UP
        self.asleep_s = 0.0
        self.metered = None
        self.views = []
        self.seen = asyncio.Event()
        self.link = Link(folder, look=lambda: self.found)
        self.link.changed = self.note
        self.events = Events()
        probing = Probing(
            self.link, origins=list, greet=lambda *_: asyncio.sleep(0), allowed=lambda: False
        )
        sleeps = Sleeps((lambda: self.asleep_s, lambda: 0.0))
        self.woken = 0
        self.watching = Watching(
            self.link,
            self.events,
            probing,
            sleeps=sleeps,
            ask_metered=lambda: self.metered,
            slept=self.wake,
        )

    async def wake(self):
        self.woken += 1

    def note(self):
        self.views.append((self.link.view.state, self.link.view.reason))
        self.seen.set()

    async def next(self):
        async with asyncio.timeout(20):
            await self.seen.wait()
        self.seen.clear()
        return self.views[-1]


@asynccontextmanager
async def playing(folder):
    play = Play(folder)
    running = asyncio.create_task(play.watching.run())
    try:
        yield play
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert play.events.closed


async def test_an_event_is_looked_at_and_the_way_back_needs_two_signs(tmp_path):
    async with playing(tmp_path) as play:
        play.found = DOWN
        play.events.news.set()
        assert (await play.next())[0] == "offline"
        assert play.link.cut("lan")
        play.found = UP
        play.events.news.set()
        assert (await play.next())[0] == "offline"
        assert play.link.is_settling
        assert not play.link.cut("lan")
        assert (await play.next())[0] == "online"
        assert not play.link.cut("cloud")


async def test_after_a_sleep_nothing_is_trusted(tmp_path):
    async with playing(tmp_path) as play:
        play.asleep_s = 3600.0
        play.events.news.set()
        assert await play.next() == ("offline", SLEPT)
        assert play.link.cut("cloud")
        assert (await play.next())[0] == "online"
        assert play.woken == 1


async def test_a_storm_is_looked_at_now_and_then(tmp_path):
    began = time.monotonic()
    async with playing(tmp_path) as play:
        play.events.storm = True
        play.events.news.set()
        await until(lambda: play.watching.looks >= 4)
        pauses = (time.monotonic() - began) / watching.LEAST_BETWEEN_S
        assert play.watching.looks <= pauses + 2
        assert "looks" in repr(play.watching)


async def test_metered_is_asked_for_after_a_change(tmp_path):
    async with playing(tmp_path) as play:
        play.metered, play.found = True, DOWN
        play.events.news.set()
        async with asyncio.timeout(20):
            while not play.link.view.metered:
                await play.next()
        assert repr(play.link) == "Link(offline, metered)"


async def test_what_is_heard_of_the_link_is_looked_at_soon(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "CALM_S", 3600.0)
    async with playing(tmp_path) as play:
        play.watching.look_soon()  # it has not begun to wait
        looks = play.watching.looks
        async with asyncio.timeout(20):
            while play.watching.looks < looks + 3:
                await asyncio.sleep(0.01)
                play.watching.look_soon()


async def test_an_address_that_is_gone_is_told_once(tmp_path):
    gone, told = [], asyncio.Event()
    here = [frozenset({"10.0.0.1", "10.0.0.2"}), None, frozenset({"10.0.0.2", "fe80::1"})]

    async def vanished(addresses):
        gone.append(addresses)
        told.set()

    play = Play(tmp_path)
    watching = Watching(
        play.link,
        play.events,
        play.watching._probing,
        ask_metered=lambda: None,
        addresses=lambda: here.pop(0) if len(here) > 1 else here[0],
        vanished=vanished,
    )
    play.events.storm = True
    async with asyncio.timeout(20):
        running = asyncio.create_task(watching.run())
        await told.wait()
        looks = watching.looks
        while watching.looks < looks + 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert gone == [{"10.0.0.1"}]
    assert play.link.view.state == "online", "another way stays"
