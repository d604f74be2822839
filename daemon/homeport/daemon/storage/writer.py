"""The one thread that changes the database, with group commit.

Whatever is waiting goes into one transaction. Where a write fails, its batch is
undone and run again, each write in a savepoint of its own, so that the one that
fails does not undo its neighbours. Every write lands exactly once:
`landed(result, error)` is called on the event loop after the commit, once per
batch and not once per write, whoever has stopped waiting.

Lazy writes (the decision log, an attempt that cannot cost anything) go in after
the next write that somebody waits for, or a moment later: waking the thread and
sharing the interpreter with it cost more than many a write. What is owed by many
requests together is gathered at that moment, as one write. That lazy writes have landed is
told in spare time, unless somebody hurries them.

So landings are told in another order than that of the commits. What is in turn is told in it:
after all that was committed before, and before all that is committed after.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage.trouble import stopped, trouble_of
from homeport.policies.errors import DaemonTrouble

log = logging.getLogger(__name__)

Work = Callable[[sqlite3.Connection], Any]
Landed = Callable[[Any, BaseException | None], None]
Gathered = Iterable[tuple[Work, Sequence[Landed]]]
"""Changes, each with all who are told of it."""
Gather = Callable[[], Gathered]

BATCH = 256
LAZY_BATCH = 32
LAZY_S = 0.05
SOON_S = 0.005
"""The longest that a lazy write waits for another to go with."""
LANDED_SHARE = 64
"""One in so many of those who wait to be told is told in one turn of the event loop, so that
a batch holds up no request for long, and many batches are told as fast as they come."""
IDLE_S = 1.0
"""After so long without a write, the write-ahead log is folded into the database."""


class Write:
    """One change that is waiting, running, or about to land."""

    __slots__ = ("durable", "error", "in_turn", "landed", "lazy", "result", "work")

    def __init__(
        self,
        work: Work,
        landed: Sequence[Landed],
        *,
        durable: bool,
        lazy: bool = False,
        in_turn: bool = False,
    ) -> None:
        self.work = work
        self.landed = landed
        self.durable = durable
        self.lazy = lazy
        self.in_turn = in_turn
        self.result: Any = None
        self.error: BaseException | None = None


def _fail(writes: list[Write], error: BaseException) -> None:
    """What these writes did was undone; one that had failed by itself keeps its own error."""
    for write in writes:
        if write.error is None:
            write.result, write.error = None, error


class Writer:
    """Owns the writing connection, from `start` to `stop`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        loop: asyncio.AbstractEventLoop,
        path: str,
        spare: SpareTime | None = None,
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._path = path
        self._arrivals: SimpleQueue[Write | None] = SimpleQueue()
        self._lazy: deque[Write] = deque()
        self._gathering: dict[Gather, None] = {}
        """To be asked for what they have, in this order; touched on the event loop alone."""
        self._landing: deque[tuple[Landed, Write]] = deque()
        """Who is about to be told of what was committed, in order; on the event loop alone."""
        self._put_off: deque[tuple[Landed, Write]] = deque()
        """Who is told in spare time, in order; on the event loop alone."""
        self._in_turn = 0
        """Writes on their way whose landing is told in turn; on the event loop alone."""
        self._spare = spare
        """In which those are told who do not wait for it; None where all are told at once."""
        self._lazy_put = self._lazy_landed = self._hurried_to = 0
        """Lazy writes so far, those of them that landed, and those whose landing is waited for;
        counted on the event loop alone."""
        self._is_hurried = False
        self._stopping = False
        self._synced = False
        self._dirty = False
        self._nudge: asyncio.TimerHandle | None = None
        self._nudge_due = 0.0
        self.trouble = ""
        """What the disk said to the last batch, as a sentence; empty where it took it."""
        self.waiting = 0
        """How many are to be told of what was put in; changed on the event loop alone."""
        self._thread = Thread(target=self._run, name="homeport-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(
        self,
        work: Work,
        landed: Landed,
        *,
        durable: bool = False,
        lazy: bool = False,
        in_turn: bool = False,
    ) -> None:
        """Queue a change. Durable changes survive a power cut, not only `kill -9`.

        `in_turn`, which is never lazy, it is told of between what was committed before it and
        what is committed after.
        """
        if self._stopping:
            raise stopped(self._path)
        self.waiting += 1
        self._in_turn += in_turn
        write = Write(work, (landed,), durable=durable, lazy=lazy, in_turn=in_turn)
        if not lazy:
            self._arrivals.put(write)
            return
        self._put_lazy(write)
        self._nudge_later()

    def _put_lazy(self, write: Write) -> None:
        self._lazy_put += 1
        self._lazy.append(write)

    def later(self, gather: Gather) -> None:
        """Have `gather` asked, when the lazy writes go in, for what is to be written by then.

        It is called on the event loop, once for however many calls of this.
        """
        if self._stopping:
            raise stopped(self._path)
        self._gathering[gather] = None
        self._nudge_later()

    def _nudge_later(self) -> None:
        if self._nudge is None:
            self._nudge_at(self._loop.time() + LAZY_S)

    def _nudge_at(self, due: float) -> None:
        # What is due at once is no timer to some loops, and knows no moment of its own.
        self._nudge, self._nudge_due = self._loop.call_at(due, self._send), due

    def soon(self, *, hurried: bool = True) -> None:
        """Let the lazy writes go in within `SOON_S`; `hurried` where somebody waits for them."""
        if hurried:
            self._is_hurried, self._hurried_to = True, self._lazy_put
        due = self._loop.time() + SOON_S
        if self._nudge is not None and self._nudge_due > due:
            self._nudge.cancel()
            self._nudge_at(due)

    def hurry(self) -> None:
        """Let the lazy writes go in now: somebody waits for them."""
        if self._nudge is not None:
            self._nudge.cancel()
            self._send()
        self._hurried()

    def _send(self) -> None:
        self._nudge = None
        self._gather()
        if self._is_hurried:
            self._hurried()
        self._arrivals.put(None)

    def _hurried(self) -> None:
        """Somebody waits for what has gone in, whether it landed by now or not."""
        self._is_hurried, self._hurried_to = False, self._lazy_put
        if self._spare is not None:
            self._spare.hurry()

    def _gather(self) -> None:
        """Put in what those have who asked to be asked."""
        gathering, self._gathering = self._gathering, {}
        for gather in gathering:
            try:
                for work, landed in gather():
                    self.waiting += len(landed)
                    self._put_lazy(Write(work, landed, durable=False, lazy=True))
            except Exception:
                log.exception("what was to be written could not be gathered")

    def stop(self) -> None:
        """Finish everything that is queued, and end the thread. Blocks; may be called twice."""
        if not self._stopping:
            self._stopping = True
            self._arrivals.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def tell_all(self) -> None:
        """Tell now of all that has landed, after `stop`: the event loop may not go on for long."""
        if self._spare is not None:
            self._spare.finish()

    def _run(self) -> None:
        while batch := self._take():
            self._commit(batch)
            try:
                self._loop.call_soon_threadsafe(self._land, batch)
            except RuntimeError:
                log.warning("the event loop has gone; %d writes landed unseen", len(batch))

    def _take(self) -> list[Write]:
        """The next batch; empty when everything is done and the writer is to stop."""
        while True:
            arrivals = self._arrived()
            urgent = [write for write in arrivals if write is not None]
            if urgent:
                return urgent
            if self._lazy:
                count = min(LAZY_BATCH, len(self._lazy))
                return [self._lazy.popleft() for _ in range(count)]
            if self._stopping and self._arrivals.empty():
                return []

    def _arrived(self) -> list[Write | None]:
        """What has come in; waits for it where there is nothing else to do."""
        arrivals: list[Write | None] = []
        if not self._lazy and not (self._stopping and self._arrivals.empty()):
            arrivals.append(self._first_arrival())
        try:
            while len(arrivals) < BATCH:
                arrivals.append(self._arrivals.get_nowait())
        except Empty:
            return arrivals
        return arrivals

    def _first_arrival(self) -> Write | None:
        if self._dirty:
            try:
                return self._arrivals.get(timeout=IDLE_S)
            except Empty:
                self._fold()
        return self._arrivals.get()

    def _fold(self) -> None:
        """Checkpoint while nobody waits, so that no request pays for it."""
        self._dirty = False
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            log.warning("the write-ahead log could not be folded in: %s", error)

    def _commit(self, batch: list[Write]) -> None:
        """Run a batch in one transaction; afterwards each write has its result or its error."""
        pending = batch
        while pending:
            try:
                self._begin(any(write.durable for write in pending))
                pending = self._apply(pending)
            except sqlite3.Error as error:
                self._undo(error, pending)
                pending = []
        self._dirty = True

    def _begin(self, durable: bool) -> None:
        if durable != self._synced:
            level = "FULL" if durable else "NORMAL"
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._synced = durable
        self._connection.execute("BEGIN IMMEDIATE")

    def _apply(self, batch: list[Write]) -> list[Write]:
        """Run the writes and commit; those that a lost transaction has not reached come back."""
        if len(batch) == 1 or not self._all_went_well(batch):
            return self._apply_each(batch)
        self._connection.execute("COMMIT")
        return []

    def _all_went_well(self, batch: list[Write]) -> bool:
        """Run the writes without savepoints; where one fails, none of them has happened."""
        try:
            for write in batch:
                write.result = write.work(self._connection)
        except Exception:  # noqa: BLE001 - told when each is run by itself
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN IMMEDIATE")
            return False
        return True

    def _apply_each(self, batch: list[Write]) -> list[Write]:
        """`_apply`, with a savepoint for each write."""
        for index, write in enumerate(batch):
            self._apply_one(write, alone=len(batch) == 1)
            if write.error is not None and not self._connection.in_transaction:
                # A full disk or a bad page makes SQLite drop the whole transaction, too.
                _fail(batch[:index], write.error)
                return batch[index + 1 :]
        self._connection.execute("COMMIT")
        return []

    def _apply_one(self, write: Write, *, alone: bool) -> None:
        """Run one write; where it is alone, the transaction is its savepoint."""
        execute = self._connection.execute
        if not alone:
            execute("SAVEPOINT one")
        try:
            write.result = write.work(self._connection)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            write.error = trouble_of(error, self._path)
            if self._connection.in_transaction:
                execute("ROLLBACK" if alone else "ROLLBACK TO one")
        if not alone and self._connection.in_transaction:
            execute("RELEASE one")

    def _undo(self, error: sqlite3.Error, batch: list[Write]) -> None:
        """The transaction could not begin or commit: none of its writes has happened."""
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        _fail(batch, trouble_of(error, self._path))

    def _land(self, batch: list[Write]) -> None:
        troubles = [w.error.sentence for w in batch if isinstance(w.error, DaemonTrouble)]
        self.trouble = troubles[-1] if troubles else ""
        if batch[0].lazy and self._spare is not None:  # they are never mixed
            self._land_in_spare_time(batch, self._spare)
            return
        is_landing = bool(self._landing)
        for write in batch:
            self._landing.extend([(landed, write) for landed in write.landed])
        if self._in_turn and (in_turn := sum([write.in_turn for write in batch])):
            self._in_turn -= in_turn
            self._land_all()
        elif not is_landing:
            self._land_some()

    def _land_all(self) -> None:
        """Tell of all that is committed up to here, in one turn of the event loop."""
        for landings in (self._put_off, self._landing):
            while landings:
                self._tell(*landings.popleft())

    def _land_in_spare_time(self, batch: list[Write], spare: SpareTime) -> None:
        put_off, tell_next = self._put_off.append, self._tell_next
        for write in batch:
            for landed in write.landed:
                put_off((landed, write))
                spare.do(tell_next)
        is_waited_for = self._lazy_landed < self._hurried_to
        self._lazy_landed += len(batch)
        if is_waited_for:
            spare.hurry()

    def _tell_next(self) -> None:
        """Of what was put off, unless it was told in turn by now."""
        if self._put_off:
            self._tell(*self._put_off.popleft())

    def _land_some(self) -> None:
        """Tell the next few; the event loop turns before the others."""
        count = -(-len(self._landing) // LANDED_SHARE)
        landing = [self._landing.popleft() for _ in range(count)]
        if self._landing:
            self._loop.call_soon(self._land_some)
        for landed, write in landing:
            self._tell(landed, write)

    def _tell(self, landed: Landed, write: Write) -> None:
        self.waiting -= 1
        try:
            landed(write.result, write.error)
        except Exception:
            log.exception("a write landed, and what was to follow failed")
