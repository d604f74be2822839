"""`Outbox`: the one door to the prompts that are kept until they can be sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from homeport.client import paths
from homeport.client.wire import OutboxChanged, OutboxItem, OutboxView
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms as wall_ms
from homeport.daemon.housekeeping import guarded
from homeport.daemon.outbox import moves
from homeport.daemon.outbox.item import Item, Kept, view_of
from homeport.daemon.outbox.items import Items
from homeport.daemon.outbox.outcome import at_worst
from homeport.daemon.outbox.pump import JITTER_S, Pump
from homeport.daemon.storage.outbox import OutboxFile
from homeport.policies.errors import BadRequest, HomeportError

log = logging.getLogger("homeport.outbox")

PRUNE_S = 600.0
AGAIN_S = 30.0
"""Before a file that could not be opened is tried again."""


class Outbox:
    """Owns the kept prompts of one daemon. Made at its first use."""

    def __init__(
        self, house: House, clock_ms: Callable[[], int] = wall_ms, *, jitter_s: float = JITTER_S
    ) -> None:
        self._house = house
        self._clock_ms = clock_ms
        self._file = OutboxFile(paths.outbox_path())
        self._items = Items(self._file, lambda: house.daemon.config.outbox, self._changed)
        self._pump = Pump(self._items, house, clock_ms, jitter_s=jitter_s)
        self._opening = asyncio.Lock()
        self._is_open = False
        self._trouble = ""
        """Why the file cannot be used, as a sentence; empty where it can."""
        self._loops: list[asyncio.Task[None]] = []
        house.daemon.outbox_view = self.view
        house.daemon.link_moved = self._pump.wake

    def __repr__(self) -> str:
        return f"Outbox({self._items!r}, {self._pump!r})"

    def begin(self) -> None:
        """Go on with what is there, beside everything else."""
        begun = guarded(self._begun)
        self._loops.append(self._house.daemon.rooms.tasks.create_task(begun))

    async def _begun(self) -> None:
        """Until it is open: a disk may have room again, and a file be put back."""
        while not self._is_open:
            try:
                await self.open()
            except HomeportError as trouble:
                if trouble.sentence != self._trouble:
                    log.error("the outbox cannot be opened: %s", trouble.sentence)
                self._trouble = trouble.sentence
                await asyncio.sleep(AGAIN_S)

    async def open(self) -> None:
        """Know what is there, and what a daemon that died had sent. Acts once."""
        async with self._opening:
            if self._is_open:
                return
            await self._items.open()
            await self._ask_for_the_interrupted()
            self._is_open, self._trouble = True, ""
            tasks = self._house.daemon.rooms.tasks
            self._loops += [
                tasks.create_task(self._pump.run()),
                tasks.create_task(self._prune_for_ever()),
            ]

    async def _ask_for_the_interrupted(self) -> None:
        interrupted = [item for item in self._items.heads.values() if item.state == "sending"]
        if not interrupted:
            return
        decisions = [item.decision for item in interrupted]
        booked = await self._house.daemon.reports.booked_for(decisions)
        now_ms = self._clock_ms()
        for item in interrupted:
            move = partial(at_worst, now_ms=now_ms, booked=booked)
            moved = await self._items.change(item.id, move)
            log.warning("%s: %s", item.id, moved.sentence)

    # -- what is put there

    async def put(self, kepts: Sequence[Kept]) -> int:
        """Keep prompts, on disk before this returns; how many were not there yet.

        Raises `TooLarge` where the outbox is full, `BadRequest` for off-peak hours that
        nobody has set.
        """
        await self.open()
        if any(kept.item.when == "off-peak" for kept in kepts) and not self.off_peak:
            raise BadRequest(
                'No off-peak hours are set: homeport config set outbox.off_peak "22:00-06:00"',
                code="no_off_peak",
                param="defer",
            )
        return await self._items.put(kepts)

    @property
    def off_peak(self) -> str:
        """The hours, as the config has them."""
        return self._house.daemon.config.outbox.off_peak

    # -- what is read

    async def every(self) -> list[OutboxItem]:
        """Every item without its texts, the oldest first."""
        await self.open()
        return [self._view(item) for item in self._items.heads.values()]

    async def get(self, item_id: str) -> Kept:
        """With its texts, by its id. Raises `NotFound`."""
        await self.open()
        return await self._items.get(item_id)

    async def resolve(self, start: str) -> str:
        """The one id that begins so, else what was given."""
        await self.open()
        found = [item_id for item_id in self._items.heads if item_id.startswith(start)]
        return found[0] if len(found) == 1 else start

    def lines_of(self, batch: str) -> list[str]:
        """Ids of the lines of a file, by the start of its name."""
        heads = self._items.heads.values()
        return [item.id for item in heads if item.batch and item.batch.startswith(batch)]

    def view(self) -> OutboxView:
        """How many there are of each, and why nothing is sent."""
        counts = self._items.counts
        on_their_way = counts["sending"]
        return OutboxView(
            queued=counts["queued"],
            sending=on_their_way,
            answered=counts["answered"],
            failed=counts["failed"],
            uncertain=counts["uncertain"],
            bytes=sum(self._items.sizes.values()),
            sentence=self._why_waiting() if counts["queued"] else self._trouble,
        )

    def _why_waiting(self) -> str:
        held_up = self._pump.held_up()
        if held_up:
            return held_up
        queued = self._items.queued()
        if queued and all(item.when == "off-peak" for item in queued):
            return f"Off-peak hours ({self.off_peak or 'none are set'}) are waited for."
        return next((item.sentence for item in queued if item.sentence), "")

    # -- what the person says

    async def retry(self, item_id: str) -> OutboxItem:
        """Have it sent again. Raises `WrongState` where it waits, or is answered."""
        return self._view(
            await self._items.change(item_id, partial(moves.again, now_ms=self._clock_ms()))
        )

    async def drop(self, item_id: str) -> OutboxItem:
        """Cancel what is not over; forget what is."""
        item = await self._items.change(item_id, partial(_dropped, now_ms=self._clock_ms()))
        await self._pump.stop(item_id)
        return self._view(item)

    async def mark_read(self, item_id: str) -> OutboxItem:
        """Its answer need not be kept any longer."""
        return self._view(
            await self._items.change(item_id, partial(moves.read, now_ms=self._clock_ms()))
        )

    # -- beside

    def _changed(self, item: Item | None) -> None:
        shown = None if item is None else self._view(item)
        self._house.daemon.bus.publish(OutboxChanged, outbox=self.view, item=shown)
        if item is None or item.state == "queued":
            self._pump.wake()

    def _view(self, item: Item) -> OutboxItem:
        return view_of(item, self._items.sizes.get(item.id, 0))

    async def _prune_for_ever(self) -> None:
        while True:
            await guarded(self.prune)
            await asyncio.sleep(PRUNE_S)

    async def prune(self) -> None:
        """Forget answers that were read, and what nobody needs to know any more."""
        now_ms = self._clock_ms()
        for item in list(self._items.heads.values()):
            if moves.is_past(item, now_ms):
                await self._items.change(item.id, _gone)
            elif moves.is_read_long_ago(item, now_ms) and self._items.sizes.get(item.id):
                await self._items.change(item.id, moves.forgotten)

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""
        await self._pump.quiet()

    async def close(self) -> None:
        """Stop sending, and close the file."""
        for loop in self._loops:
            loop.cancel()
        await self._pump.close()
        await self._file.close()


def _dropped(kept: Kept, now_ms: int) -> Kept | None:
    if kept.intact and kept.item.state in moves.STILL:
        return moves.cancelled(kept, now_ms)
    return None


def _gone(kept: Kept) -> None:
    """Forgets it."""
