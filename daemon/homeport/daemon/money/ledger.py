"""The ledger: every attempt reserves its worst case before a byte is sent.

Spent plus reserved never exceeds a limit, whatever runs at once, is cancelled,
or dies. How:

1. the totals are in memory and change on the event loop alone, so that
   checking every window and taking from them is one step
2. a reservation of money is on disk before `reserve` returns; one that cannot
   cost anything is written a moment later
3. it is let go only when the entry that replaces it is on disk
4. what a dead daemon left reserved is booked as spent, at its worst case; only a later answer
   of a server that charges a key once takes it back

Writes are queued, so a caller that is cancelled changes nothing of this. An
entry that the disk had no room for is kept, and tried again with the next
reservation; until then its worst case stays reserved.

Longer than other modules: all that may become of a reservation is told here.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial

from homeport.client.wire import SpendGroup, SpendView
from homeport.daemon.money import entries, raises, session_sums, spend
from homeport.daemon.money.charged_once import take_back
from homeport.daemon.money.entries import Entry, Reservation, Settlement
from homeport.daemon.money.folding import Folding
from homeport.daemon.money.held import Held
from homeport.daemon.money.raises import Raise
from homeport.daemon.money.recovery import book, recover
from homeport.daemon.money.spend import Spent
from homeport.daemon.money.sums import Standing, Sums, standing
from homeport.daemon.money.totals import NANO, LedgerLimits
from homeport.daemon.money.windows import day_of, month_before
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.writer import Gathered, Work
from homeport.policies.model import Ask, Budget, BudgetWindow

__all__ = ["Entry", "Ledger", "LedgerLimits", "Reservation", "Settlement"]

log = logging.getLogger(__name__)

REMEMBERED_REQUESTS = 4096
BOOKED_AT_ONCE = 32
"""Ends that share a write."""


class Ledger:
    """Owns what was spent and what is reserved. `open` comes before all else."""

    def __init__(
        self,
        db: Database,
        limits: LedgerLimits,
        clock_ms: Callable[[], int],
        *,
        survive_power_cuts: Callable[[], bool] = lambda: True,
    ) -> None:
        """`survive_power_cuts` syncs each paid reservation to the disk before it counts."""
        self._db = db
        self._clock_ms = clock_ms
        self._survive_power_cuts = survive_power_cuts
        self._sums = Sums(limits)
        self.on_spent: Callable[[], None] = lambda: None
        """Called when money was spent, or limits were changed."""
        self._held: dict[str, Held] = {}
        self._recent: dict[str, None] = {}
        self._owed: list[Held] = []
        """Ends that the disk did not take."""
        self._unwritten: dict[str, Held] = {}
        """Reservations that hold no money and are not on disk yet."""
        self._ended: list[Held] = []
        """Ends of reservations that are not on their way to the disk yet."""
        self._folding = Folding(db)
        self._opening = asyncio.Lock()
        self._opened = False

    def __repr__(self) -> str:
        windows = ", ".join(
            f"{window.window} {window.spent_nano / NANO:.4f} spent + "
            f"{window.reserved_nano / NANO:.4f} reserved of "
            + ("no limit" if window.limit_nano is None else f"{window.limit_nano / NANO:.4f}")
            for window in self.spend_view().windows
        )
        return f"<Ledger {windows}; {len(self._held)} held, {len(self._owed)} owed>"

    async def open(self) -> None:
        """Book what a dead daemon left reserved, and load the totals. Acts once."""
        async with self._opening:
            if self._opened:
                return
            now_ms = self._clock_ms()
            crashed, behind = await self._db.write(partial(recover, now_ms=now_ms))
            if crashed:
                log.warning("%d attempts were cut off by a crash; booked at their worst", crashed)
            await self._know(day_of(now_ms))
            self._folding.catching_up.written(behind)
            self._opened = True

    def set_limits(self, limits: LedgerLimits) -> None:
        """Counts for every reservation from here on; those that are held stay."""
        self._sums.limits = limits
        self.on_spent()

    async def raise_limit(self, raised: Raise) -> None:
        """More for one period, on disk before it counts. Counts also where the caller has gone."""

        def book(_: object) -> None:
            self._sums.raise_by(raised)
            self.on_spent()

        await self._db.in_turn(partial(raises.insert, raised=raised), book)

    def budget(self, ask: Ask | None = None) -> Budget:
        """What is left in every window that has a limit; with those that hold for a prompt."""
        return self._sums.budget(ask, self._clock_ms())

    def capped(self, ask: Ask) -> Ask:
        """The prompt under the limits that are set for single prompts."""
        return self._sums.capped(ask)

    def spend_view(self) -> SpendView:
        """What was spent, for people."""
        return self._sums.view(self._clock_ms())

    async def refreshed(self) -> None:
        """Wait until every window of now can be judged: after new limits, or a clock set back."""
        await self._know_enough(day_of(self._clock_ms()))

    async def meet(self, ask: Ask) -> None:
        """Wait until the limits of a prompt's session can be judged."""
        if not self._sums.knows_session(ask.session):
            await self._know_enough(day_of(self._clock_ms()), ask.session)

    async def _know_enough(self, day: int, session: str = "") -> None:
        while True:
            if not self._sums.know(day):
                await self._know(day)
            elif not self._sums.knows_session(session):
                spent = partial(session_sums.spent_in, session=session)
                await self._db.in_turn(spent, partial(self._sums.learn, session))
            else:
                return

    async def _know(self, day: int) -> None:
        """Have every sum from the month before a day on, as the disk holds it at one moment.

        What is committed before that moment is in them, and what is committed after it is added.
        """
        since = min(month_before(day) * 100 + 1, self._sums.since or day)

        def know(found: Standing) -> None:
            held = [(held.reservation, held.day) for held in self._held.values()]
            self._sums.start_from(found, held)

        limits = self._sums.limits.scoped
        await self._db.in_turn(partial(standing, since=since, limits=limits), know)

    async def report(self, by: SpendGroup, since_ms: int) -> Spent:
        """Spend by group, over whole local days from the one that `since_ms` falls in."""
        since = day_of(since_ms)
        await self._db.flush()
        return await self._db.read(lambda db: spend.report(db, by, since))

    async def reserve(self, reservation: Reservation) -> BudgetWindow | None:
        """Hold the worst case of one attempt in every window, on disk before this returns.

        None: it is held. Else the window that has too little left, and nothing
        is held. Raises `DaemonTrouble` where it could not be written down. What
        cannot cost anything waits for the disk only while the disk is in trouble.
        """
        worst = reservation.worst_nano
        if not self._opened or worst < 0 or reservation.id in self._held:
            raise ValueError(f"{reservation.id} cannot be reserved: not open, negative or repeated")
        self._pay_owed()
        day = self._sums.day(reservation.at_ms)
        if worst:
            await self._know_enough(day, reservation.session)
        window = self._sums.too_small(reservation)
        if window is not None:
            return window
        held = self._hold(reservation)
        if worst == 0 and not self._db.trouble:
            held.written = False
            self._unwritten[reservation.id] = held
            self._db.later(self._gather)
            return None
        write = partial(_write_down, held=held)
        try:
            await self._db.write(write, durable=worst > 0 and self._survive_power_cuts())
        except asyncio.CancelledError:
            # The row may be on disk, or on its way: the release is queued behind it.
            self._insist(held)
            raise
        except BaseException:
            self._let_go(held)
            raise
        return None

    async def settle(self, settlement: Settlement) -> Entry:
        """Replace a reservation by what the attempt really cost, on disk before this returns.

        Settling twice gives the first entry again. A caller that is cancelled
        here has settled all the same. Raises `LookupError` for an id that was
        never reserved.
        """
        held = self._held.get(settlement.id)
        if held is None:
            return await self._settled_before(settlement.id)
        entry = self._end(held, settlement)
        written = asyncio.Event()
        held.when_answered(written.set)
        self._db.hurry()
        await written.wait()
        return entry

    async def charged_once(self, requests: Sequence[str], model: str) -> None:
        """These were one to the server of a model, which has charged another one for all: what was
        booked for them is taken back, on disk before this returns."""
        now_ms = self._clock_ms()
        await self.correct(partial(take_back, requests=requests, model=model, now_ms=now_ms))

    async def correct(self, booking: Callable[[sqlite3.Connection], list[Entry]]) -> None:
        """Count the entries that `booking` writes down beside others, before this returns."""

        def book(made: list[Entry]) -> None:
            for entry in made:
                self._sums.book(entry)
            self._folding.catching_up.written(len(made))
            self.on_spent()

        await self._db.flush()  # what has ended late is on disk then
        await self._db.in_turn(booking, book)

    def settle_soon(self, settlement: Settlement, heard: Callable[[], None]) -> None:
        """`settle` for a caller who does not wait: `heard` is called when the disk has answered.

        What holds no money goes to disk a moment later, with other writes. Raises
        `LookupError` for an id that is not held.
        """
        held = self._known(settlement.id)
        self._end(held, settlement)
        held.when_answered(heard)

    def settle_with_others(self, settlement: Settlement, heard: Callable[[], None]) -> None:
        """`settle_soon`, in one write with what ends in the same moment, money or not."""
        held = self._known(settlement.id)
        if held.entry is None:
            self._enter(held, settlement)
            self._share_a_write(held)
            self._db.soon()
        held.when_answered(heard)

    def _known(self, reservation: str) -> Held:
        held = self._held.get(reservation)
        if held is None:
            raise LookupError(f"nothing is reserved under the id {reservation}")
        return held

    def soon(self) -> None:
        """Have what waits to be written written: words may leave before the answer is whole."""
        self._db.soon(hurried=False)

    async def close(self) -> None:
        """Try once more to write down what the disk had no room for."""
        self._pay_owed()
        await self._db.flush()
        if self._owed:
            log.error("%d ends are not on disk; they count at their worst", len(self._owed))

    def _end(self, held: Held, settlement: Settlement) -> Entry:
        """What is booked; queues it where this is the first settlement."""
        if held.entry is not None:
            return held.entry
        entry = self._enter(held, settlement)
        if held.reservation.worst_nano == 0:
            # What holds no money can wait for another write to go with.
            self._share_a_write(held)
        else:
            self._insist(held)
        return entry

    def _enter(self, held: Held, settlement: Settlement) -> Entry:
        entry = held.entry = entries.entry_of(
            held.reservation, settlement, day=held.day, opens_request=held.opens_request
        )
        _log_overrun(entry)
        return entry

    def _share_a_write(self, held: Held) -> None:
        self._unwritten.pop(held.reservation.id, None)
        self._ended.append(held)
        self._db.later(self._gather)

    def _hold(self, reservation: Reservation) -> Held:
        day = self._sums.day(reservation.at_ms)
        held = Held(reservation, day, opens_request=self._opens(reservation.request))
        self._held[reservation.id] = held
        self._sums.hold(reservation, day)
        return held

    def _opens(self, request: str) -> bool:
        """Whether this is the first attempt of its request."""
        if request in self._recent:
            return False
        self._recent[request] = None
        if len(self._recent) > REMEMBERED_REQUESTS:
            del self._recent[next(iter(self._recent))]
        return True

    def _let_go(self, held: Held) -> None:
        """The reservation is settled or undone."""
        del self._held[held.reservation.id]
        self._sums.hold(held.reservation, held.day, -1)
        if held.entry is not None:
            self._sums.book(held.entry)
            if held.entry.cost_nano:
                self.on_spent()
        elif held.opens_request:
            self._recent.pop(held.reservation.request, None)

    def _insist(self, held: Held) -> None:
        """Queue the write that ends a reservation, and keep it where it fails."""
        self._db.post(_booking([held]), partial(self._landed, held))

    def _gather(self) -> Gathered:
        """Together: what is open and holds no money, then what has ended."""
        opened, self._unwritten = [*self._unwritten.values()], {}
        for held in opened:
            held.written = True
        if opened:
            yield partial(_write_all_down, opened=opened), (_told,)
        ended, self._ended = self._ended, []
        for start in range(0, len(ended), BOOKED_AT_ONCE):
            some = ended[start : start + BOOKED_AT_ONCE]
            yield _booking(some), [partial(self._landed, held) for held in some]

    def _landed(self, held: Held, _: object, error: BaseException | None) -> None:
        """The disk has answered for the end of a reservation."""
        if error is None:
            self._let_go(held)
            self._folding.catching_up.written()
        else:
            log.error("the end of attempt %s waits for disk: %s", held.reservation.id, error)
            self._owed.append(held)
        held.answer()

    def _pay_owed(self) -> None:
        owed, self._owed = self._owed, []
        for held in owed:
            self._insist(held)

    async def _settled_before(self, entry_id: str) -> Entry:
        entry = await self._db.read(partial(entries.find_entry, entry_id=entry_id))
        if entry is None:
            raise LookupError(f"nothing was reserved under the id {entry_id}")
        return entry


def _write_down(db: sqlite3.Connection, held: Held) -> None:
    """A reservation that is settled by now needs no row: its entry is on the way."""
    if held.entry is None:
        entries.insert_reservation(db, held.reservation, held.day, held.opens_request)


def _write_all_down(db: sqlite3.Connection, opened: list[Held]) -> None:
    for held in opened:
        _write_down(db, held)


def _told(_: object, error: BaseException | None) -> None:
    """Of a reservation that nobody waited for."""
    if error is not None:
        log.warning("a reservation of nothing is not on disk: %s", error)


def _log_overrun(entry: Entry) -> None:
    if entry.cost_nano > entry.worst_nano:
        log.warning(
            "attempt %s at %s cost %d nano-dollars, more than the %d that were reserved",
            entry.id,
            entry.model,
            entry.cost_nano,
            entry.worst_nano,
        )


def _booking(ended: list[Held]) -> Work:
    """Has entries take the place of their reservations; what has no entry is undone."""
    held_entries = [held.entry for held in ended if held.entry is not None]
    written = [(held.reservation.id,) for held in ended if held.written]
    return partial(book, ended=held_entries, written=written)
