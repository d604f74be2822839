"""Sends what waits, while the link holds: the oldest first, fair among clients, a few at once."""

from __future__ import annotations

import asyncio
import datetime
import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from homeport.daemon.api.house import House
from homeport.daemon.fleet.fleet import count_down
from homeport.daemon.housekeeping import guarded
from homeport.daemon.outbox import hours, moves
from homeport.daemon.outbox.errand import Errand
from homeport.daemon.outbox.item import Item
from homeport.daemon.outbox.items import Items, Move
from homeport.daemon.outbox.outcome import charged_once, move_after
from homeport.daemon.outbox.posting import post
from homeport.daemon.outbox.turns import Claimant, claimant_of, next_of
from homeport.policies.errors import DaemonTrouble, HomeportError, NotFound

log = logging.getLogger("homeport.outbox")

JITTER_S = 3.0
"""The longest that is waited after the link is back, so that not everybody comes at once."""
LOOK_S = 1.0
"""Between two looks at the link and the clock, while something waits for them."""
MOST_CLAIMANTS = 1000
"""Whose last turns are remembered."""
DISK_S = 5.0
"""Before what the disk did not take is written again."""
BROKEN_S = 60.0
"""Before what could not even be begun is tried again; others go on meanwhile."""
METERED = "The connection is paid for by its volume; `outbox.metered = true` sends over it too."


class Pump:
    """Owns what is on its way."""

    def __init__(
        self,
        items: Items,
        house: House,
        clock_ms: Callable[[], int],
        *,
        jitter_s: float = JITTER_S,
    ) -> None:
        self._items = items
        self._house = house
        self._clock_ms = clock_ms
        self._jitter_s = jitter_s
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: Counter[Claimant] = Counter()
        self._served: dict[Claimant, int] = {}
        self._turns = 0
        self._looked: set[str] = set()
        """Items that wait for their hours, and to which the cache had no answer."""
        self._broken: dict[str, float] = {}
        """Items that broke, and the time on the loop's clock before which they are left alone."""
        self._expired_ms = 0
        """When it was last looked for what waited too long."""
        self._held = False
        self._from = 0.0
        """Not before this, on the loop's clock, is anything sent over the link."""

    def __repr__(self) -> str:
        return f"Pump({len(self._tasks)} on their way)"

    def wake(self) -> None:
        """Something has changed: look again."""
        self._wake.set()

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            self._wake.clear()
            await guarded(self._round)
            waits = len(self._tasks) < self._items.counts["queued"] + self._items.counts["sending"]
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s() if waits else None):
                    await self._wake.wait()

    def _pause_s(self) -> float:
        """Until something may have changed that nobody tells."""
        left = self._from - asyncio.get_running_loop().time()
        return left if self._held and 0 < left < LOOK_S else LOOK_S

    async def _round(self) -> None:
        now_ms = self._clock_ms()
        if abs(now_ms - self._expired_ms) >= LOOK_S * 1000:
            self._expired_ms = now_ms
            await self._give_up_the_expired(now_ms)
        while item := self._next(now_ms):
            self._start(item, now_ms)

    async def stop(self, item_id: str) -> None:
        """End one that is on its way."""
        task = self._tasks.get(item_id)
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        """Break off what is on its way: at the next start it is uncertain."""
        for task in self._tasks.values():
            task.cancel()
        await self.quiet()

    # -- whose turn it is

    def held_up(self) -> str:
        """Why nothing is sent over the link now, as a sentence; empty where it is."""
        daemon = self._house.daemon
        if reason := daemon.blocked("cloud"):
            return reason
        if daemon.link.view.metered and not daemon.config.outbox.metered:
            return METERED
        return ""

    def _link_holds(self) -> bool:
        now, holds = asyncio.get_running_loop().time(), not self.held_up()
        if holds and not self._held:
            self._from = now + random.uniform(0, self._jitter_s)  # noqa: S311 - no secret
        self._held = holds
        return holds and now >= self._from

    def _next(self, now_ms: int) -> Item | None:
        config, daemon = self._house.daemon.config.outbox, self._house.daemon
        if daemon.draining or len(self._tasks) >= config.at_once:
            return None
        holds, off_peak = self._link_holds(), self._is_off_peak(now_ms)

        def may_go(item: Item) -> bool:
            if item.id in self._tasks or not moves.is_due(item, now_ms) or self._is_put_off(item):
                return False
            if item.when == "off-peak" and not off_peak:
                return self._may_look(item)
            return holds or (item.asks_home and not self._held)

        return next_of(self._items.firsts(may_go), self._running, self._served)

    def _is_off_peak(self, now_ms: int) -> bool:
        return hours.holds(self._house.daemon.config.outbox.off_peak, minute_of(now_ms))

    def _may_look(self, item: Item) -> bool:
        """Before its hours the cache may answer a line of a file; a door has looked for others."""
        caches = self._house.daemon.config.cache.exact or item.asks_cache
        return bool(item.batch) and caches and item.id not in self._looked

    def _start(self, item: Item, now_ms: int) -> None:
        self._turns += 1
        if len(self._served) >= MOST_CLAIMANTS:
            self._served.clear()
        self._served[claimant_of(item)] = self._turns
        self._running[claimant_of(item)] += 1
        errand = Errand(
            item.id,
            self._items,
            self._clock_ms,
            stays_home=not self._held,
            looks=item.when == "off-peak" and not self._is_off_peak(now_ms),
            key=item.key if item.pinned else "",
            pinned=item.pinned,
        )
        task = self._house.daemon.rooms.tasks.create_task(self._send(item, errand))
        self._tasks[item.id] = task
        # Not within the task: one that is cancelled before its first step runs nothing at all.
        task.add_done_callback(partial(self._ended, item))

    def _ended(self, item: Item, _task: asyncio.Task[None]) -> None:
        del self._tasks[item.id]
        count_down(self._running, claimant_of(item))
        self.wake()

    # -- one on its way

    async def _send(self, item: Item, errand: Errand) -> None:
        try:
            await self._sent(item, errand)
        except moves.WrongState as error:
            log.info("%s was not sent: %s", item.id, error)  # the person was quicker
        except (NotFound, DaemonTrouble) as error:
            self._put_off(item, error)
        except Exception:
            log.exception("sending %s broke", item.id)
            self._put_off(item)

    def _put_off(self, item: Item, error: HomeportError | None = None) -> None:
        """It stays in line as it is, and keeps neither the others nor the processor."""
        if error is not None and item.id in self._items.heads:
            log.error("%s cannot be read or written: %s", item.id, error.sentence)
        self._broken = {name: at for name, at in self._broken.items() if name in self._items.heads}
        self._broken[item.id] = asyncio.get_running_loop().time() + BROKEN_S

    def _is_put_off(self, item: Item) -> bool:
        until = self._broken.get(item.id)
        return until is not None and until > asyncio.get_running_loop().time()

    async def _sent(self, item: Item, errand: Errand) -> None:
        kept = await self._items.get(item.id)
        if not kept.intact:
            self._looked.add(item.id)
            return
        if errand.pinned and not moves.is_remembered(kept.item, self._clock_ms()):
            await self._written(item.id, partial(moves.too_late, now_ms=self._clock_ms()))
            return
        posted = await post(kept, self._house, errand)
        if errand.looks and posted.error is not None:
            self._waits_on(item)
            return
        if requests := charged_once(posted, errand, kept.item):
            await self._take_back(requests, errand.pinned)
        chance = random.random()  # noqa: S311 - no secret
        move = move_after(posted, errand, kept.item.tries, self._clock_ms(), chance)
        await self._written(item.id, move)

    async def _take_back(self, requests: Sequence[str], model: str) -> None:
        """What was booked for earlier sendings; it stays where the disk takes no more."""
        try:
            await self._house.daemon.rooms.ledger.charged_once(requests, model)
        except DaemonTrouble as trouble:
            log.error("%s stays booked: %s", ", ".join(requests), trouble.sentence)

    def _waits_on(self, item: Item) -> None:
        """Nothing is kept for it, or it cannot be asked: that is told when its hours come."""
        if len(self._looked) > len(self._items.heads):
            self._looked &= self._items.heads.keys()
        self._looked.add(item.id)

    async def _written(self, item_id: str, move: Move) -> None:
        """What came of it goes to disk, however long the disk takes no more."""
        while True:
            try:
                await self._items.change(item_id, move)
                return
            except DaemonTrouble as trouble:
                log.error("what came of %s waits for disk: %s", item_id, trouble.sentence)
                await asyncio.sleep(DISK_S)

    async def _give_up_the_expired(self, now_ms: int) -> None:
        days = self._house.daemon.config.outbox.days
        for item in self._items.queued():
            if item.id in self._tasks or self._is_put_off(item):
                continue
            if moves.is_expired(item, days, now_ms):
                why = f" The last time: {item.sentence}" if item.sentence else ""
                sentence = f"It waited for more than {days:g} days and was not sent.{why}"
                move = partial(moves.failed, answer=b"", now_ms=now_ms, sentence=sentence)
                try:
                    await self._items.change(item.id, move)
                except (NotFound, DaemonTrouble) as error:
                    self._put_off(item, error)


def minute_of(now_ms: int) -> int:
    """Of the day, by the clock on the wall."""
    here = datetime.datetime.fromtimestamp(now_ms / 1000)
    return here.hour * 60 + here.minute
