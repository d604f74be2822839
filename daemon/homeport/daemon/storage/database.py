"""SQLite, opened safely: one writing thread, reads beside it, nothing lost.

The file is 0600 in a folder that is made 0700, in WAL mode, at
`synchronous=NORMAL` (survives `kill -9`); a write that is marked durable
commits at FULL (survives a power cut). A database from a newer program, a
damaged one and one that is not ours are refused and left untouched.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TypeVar

from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage.migrations import LEDGER, Schema, migrate, schema_version
from homeport.daemon.storage.trouble import cut_short, foreign, newer, stopped, trouble_of
from homeport.daemon.storage.writer import Gather, Landed, Work, Writer

log = logging.getLogger(__name__)

T = TypeVar("T")

QUEUE = 4096
"""Writes that may wait; the next `write` waits for room first."""
READERS = 2
BUSY_MS = 5000
HEAD_BYTES, MIN_PAGE = 100, 512
"""Of SQLite's file format."""
WAL_PAGES = 16_384
"""At so many pages (64 MiB) the write-ahead log is folded in even under load."""
WAL_KEPT_BYTES = 8 * 1024 * 1024


class Database:
    """One database file, owned by one event loop. Made by `open`."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, spare: SpareTime | None = None
    ) -> None:
        self.path = path
        self._connection = connection
        self._writer = Writer(connection, asyncio.get_running_loop(), str(path), spare)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="homeport-reader")
        self._idle: list[sqlite3.Connection] = []
        self._room = asyncio.Event()
        self._closed = False
        self._shutting = Lock()

    @classmethod
    async def open(
        cls, path: Path | str, schema: Schema = LEDGER, spare: SpareTime | None = None
    ) -> Database:
        """Open or make the database, and bring its tables up to date.

        Whoever posts lazily and hurries nobody is told in `spare`, or at once without it.
        Raises `DaemonTrouble` with one of `trouble.CODES`.
        """
        path = Path(path)
        connection = await asyncio.to_thread(_opened, path, schema)
        database = cls(path, connection, spare)
        database._writer.start()
        return database

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self._writer.waiting} writes waiting"
        return f"<Database {self.path}, {state}>"

    @property
    def trouble(self) -> str:
        """Why the last writes failed, as a sentence; empty where they did not."""
        return self._writer.trouble

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Run `work` on the writing thread, and wait until it is committed.

        Once queued, it happens exactly once, also when the caller is cancelled.
        `work` must not commit; an exception undoes it. It changes nothing but the
        database, for it is run again where a neighbour in its transaction fails.
        """
        while self._writer.waiting >= QUEUE:
            self._room.clear()
            await self._room.wait()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def landed(result: T, error: BaseException | None) -> None:
            self._room.set()
            if future.done():
                if error is not None:
                    log.warning("a write whose caller had gone failed: %s", error)
            elif error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._writer.put(work, landed, durable=durable)
        return await future

    def post(
        self, work: Work, landed: Landed, *, durable: bool = False, lazy: bool = False
    ) -> None:
        """Queue a write without waiting; `landed` hears of it on the event loop, exactly once.

        For callers that bound themselves what they post. Lazy writes go in
        after another, or a moment later, in an order of their own.
        """
        self._writer.put(work, landed, durable=durable, lazy=lazy)

    async def in_turn(
        self,
        work: Callable[[sqlite3.Connection], T],
        take: Callable[[T], None],
        *,
        durable: bool = False,
    ) -> T:
        """Run `work` among the writes, and have what it gave taken into memory in its turn.

        Whatever is read here and replaces what is known of it in memory comes this way: `take`
        is called in one step on the event loop, after all are told of what was committed before
        `work` ran, and before any are told of what is committed after. Between a read by `read`
        and its use others may land. Whoever stops waiting for it changes nothing of it.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def landed(found: T, error: BaseException | None) -> None:
            if error is None:
                error = _failure(take, found)
            if done.done():
                if error is not None:
                    log.warning("a change whose caller had gone failed: %s", error)
            elif error is not None:
                done.set_exception(error)
            else:
                done.set_result(found)

        self._writer.put(work, landed, durable=durable, in_turn=True)
        return await done

    def later(self, gather: Gather) -> None:
        """Have `gather` asked, on the event loop, when the lazy writes go in: what many callers
        have to write goes in as one. However often this is called, it is asked once.
        """
        self._writer.later(gather)

    def soon(self, *, hurried: bool = True) -> None:
        """Let what was posted lazily go in within 5 ms; `hurried` where somebody waits for it."""
        self._writer.soon(hurried=hurried)

    def hurry(self) -> None:
        """Let what was posted lazily go in now: somebody waits for it."""
        self._writer.hurry()

    async def flush(self) -> None:
        """Wait until everything that was posted before has landed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def landed(*_: object) -> None:
            if not done.done():
                done.set_result(None)

        self.hurry()  # so that what is gathered goes in before
        self.post(lambda _: None, landed, lazy=True)
        self.hurry()
        await done

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a reading thread, on one consistent view of what is committed."""
        if self._closed:
            raise stopped(str(self.path))
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = _connected(self.path, writes=False)
            try:
                connection.execute("BEGIN")
                return work(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(connection)
        except sqlite3.Error as error:
            raise trouble_of(error, str(self.path)) from error

    async def close(self) -> None:
        """Finish every queued write, then close; may be called twice."""
        self._closed = True
        self._writer.hurry()
        await asyncio.shield(asyncio.to_thread(self._shut))
        self._writer.tell_all()

    def _shut(self) -> None:
        with self._shutting:
            self._writer.stop()
            self._readers.shutdown()
            for connection in (*self._idle, self._connection):
                connection.close()


def _failure(take: Callable[[T], None], found: T) -> BaseException | None:
    """What went wrong where it was taken; None where nothing did."""
    try:
        take(found)
    except Exception as error:
        log.exception("what was read could not be taken")
        return error
    return None


def _opened(path: Path, schema: Schema) -> sqlite3.Connection:
    """The writing connection to a database that is ours, healthy and up to date."""
    try:
        _make_private(path)
        _refuse_what_is_not_ours(path, schema)
        connection = _connected(path, writes=True)
        try:
            migrate(connection, schema.steps)
        except BaseException:
            connection.close()
            raise
        return connection
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, OSError):
            error = _as_sqlite(error)
        raise trouble_of(error, str(path)) from error


def _as_sqlite(error: OSError) -> sqlite3.Error:
    """An error of the file system in SQLite's terms, so that one place words it."""
    wrapped = sqlite3.OperationalError(error.strerror or str(error))
    wrapped.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    return wrapped


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _refuse_what_is_not_ours(path: Path, schema: Schema) -> None:
    """Look without writing: a database that is refused must stay as it was."""
    if path.stat().st_size == 0:
        return
    # Without a write-ahead log beside it, the file alone can be read, and nothing is put beside it.
    log_file = Path(f"{path}-wal")
    if not (log_file.exists() and log_file.stat().st_size) and _is_cut_short(path):
        raise cut_short(str(path))
    alone = "" if log_file.exists() else "&immutable=1"
    address = f"{path.absolute().as_uri()}?mode=ro{alone}"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as db:
        version = schema_version(db)
        application = db.execute("PRAGMA application_id").fetchone()[0]
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != schema.application_id and (version or tables):
        raise foreign(str(path))
    if version > len(schema.steps):
        raise newer(str(path), version, len(schema.steps))


def _is_cut_short(path: Path) -> bool:
    """Whether pages that its head counts are missing, or the last is not whole. What is written
    behind its back to a log that is there still makes up for that."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or not head.startswith(b"SQLite format 3\0"):
        return False  # SQLite itself says what is wrong with it
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page
    # The count of pages holds where whoever wrote last also kept it.
    counted = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    size = path.stat().st_size
    return page < MIN_PAGE or size % page != 0 or size < counted * page


def _connected(path: Path, *, writes: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
    )
    try:
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
        else:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection
