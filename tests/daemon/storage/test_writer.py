"""The writing thread: group commit, savepoints, durable and lazy writes, one landing each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import pytest

from homeport.daemon import spare_time
from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage import writer as writer_module
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.writer import Gathered
from support.notes import hold, notes, put


async def test_queued_writes_share_a_commit(db: Database) -> None:
    release = hold(db)
    seen: list[int] = []

    def count(connection: sqlite3.Connection) -> None:
        seen.append(connection.total_changes)
        connection.execute("INSERT INTO note VALUES (NULL, 1)")

    commits: list[str] = []
    db._connection.set_trace_callback(commits.append)
    writes = asyncio.gather(*(db.write(count) for _ in range(50)))
    await asyncio.sleep(0)
    release.set()
    await writes
    assert len(seen) == 50
    # One for what held the thread, one for all that waited behind it (or one for both).
    assert 1 <= commits.count("COMMIT") <= 2


async def test_a_failing_write_does_not_undo_its_neighbours(db: Database) -> None:
    await db.write(put("twice"))
    release = hold(db)

    def half(connection: sqlite3.Connection) -> None:
        put("half")(connection)
        raise RuntimeError("stop here")

    works = [put("a"), put("twice"), half, put("b")]
    writes = asyncio.gather(*(db.write(work) for work in works), return_exceptions=True)
    await asyncio.sleep(0)
    release.set()
    first, second, third, fourth = await writes
    assert (first, fourth) == (1, 1)
    assert isinstance(second, sqlite3.IntegrityError)
    assert isinstance(third, RuntimeError)
    assert await notes(db) == ["twice", "a", "b"]


async def test_durable_writes_are_synced_and_the_next_are_not(db: Database) -> None:
    def level(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    normal, full = 1, 2
    assert await db.write(level) == normal
    assert await db.write(level, durable=True) == full
    assert await db.write(level) == normal


async def test_lazy_writes_go_in_when_nobody_else_waits(db: Database) -> None:
    release = hold(db)
    order: list[str] = []
    for n in range(40):
        db.post(lambda _, n=n: order.append(f"lazy {n}"), lambda *_: None, lazy=True)
    urgent = asyncio.ensure_future(db.write(lambda _: order.append("urgent")))
    await asyncio.sleep(0)
    release.set()
    await urgent
    await db.close()
    assert order == ["urgent", *(f"lazy {n}" for n in range(40))]


async def test_lazy_writes_can_be_asked_to_come_soon(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "LAZY_S", 3600.0)
    landed = asyncio.Event()
    db.soon()  # with nothing to write
    db.post(lambda _: None, lambda *_: landed.set(), lazy=True)
    db.soon()
    db.soon()
    async with asyncio.timeout(20):
        await landed.wait()


async def test_what_many_have_to_write_is_gathered_once(db: Database) -> None:
    asked: list[int] = []
    heard: list[tuple[str, object]] = []

    def gather() -> Gathered:
        asked.append(1)
        tell = [lambda result, _, name=name: heard.append((name, result)) for name in "ab"]
        yield put("together"), tell

    for _ in range(3):
        db.later(gather)
    await db.flush()
    assert (asked, heard, await notes(db)) == ([1], [("a", 1), ("b", 1)], ["together"])
    await db.flush()
    assert asked == [1]


async def test_what_cannot_be_gathered_stops_nothing(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Gathered:
        raise RuntimeError("no")

    db.later(broken)
    db.later(lambda: [(put("kept"), ())])
    await db.flush()
    assert await notes(db) == ["kept"]
    assert "could not be gathered" in caplog.text


async def test_what_is_to_be_gathered_is_written_at_the_close(db: Database) -> None:
    db.later(lambda: [(put("last"), ())])
    await db.close()
    with contextlib.closing(sqlite3.connect(db.path)) as raw:
        assert raw.execute("SELECT text FROM note").fetchall() == [("last",)]


async def test_the_log_is_folded_in_when_idle(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "IDLE_S", 0.01)
    await db.write(put("folded"))
    async with asyncio.timeout(20):
        while b"folded" not in db.path.read_bytes():
            await asyncio.sleep(0.01)


async def test_a_landing_that_fails_does_not_stop_the_others(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(result: object, error: BaseException | None) -> None:
        raise RuntimeError("no")

    landed: list[object] = []
    db.post(put("a"), fails)
    db.post(put("b"), lambda result, error: landed.append((result, error)))
    await db.write(lambda _: None)
    assert landed == [(1, None)]
    assert "what was to follow failed" in caplog.text


async def test_a_large_batch_lands_in_its_order_over_several_turns(db: Database) -> None:
    landed: list[tuple[int, int]] = []
    loop, turns = asyncio.get_running_loop(), 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        if not done.done():
            loop.call_soon(turn)

    release = hold(db)
    for n in range(30):
        db.post(lambda _, n=n: n, lambda n, _: landed.append((n, turns)))
    done = asyncio.ensure_future(db.write(lambda _: None))
    await asyncio.sleep(0)
    turn()
    release.set()
    await done
    assert [n for n, _ in landed] == list(range(30))
    assert len({at for _, at in landed}) >= 3


async def test_a_lone_write_that_fails_is_undone(db: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        put("half")(connection)
        raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        await db.write(half)
    assert await notes(db) == []
    await db.write(put("whole"))
    assert await notes(db) == ["whole"]


async def test_waiting_counts_what_has_not_landed(db: Database) -> None:
    release = hold(db)
    writing = asyncio.gather(*(db.write(put(str(n))) for n in range(3)))
    await asyncio.sleep(0)
    assert db._writer.waiting == 4
    release.set()
    await writing
    assert db._writer.waiting == 0


def test_an_event_loop_that_has_gone_loses_no_write(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def leave() -> Database:
        db = await Database.open(tmp_path / "ledger.db")
        db.post(lambda c: c.execute("CREATE TABLE kept (n)").close(), lambda *_: None)
        return db

    loop = asyncio.new_event_loop()
    db = loop.run_until_complete(leave())
    release = Event()
    db.post(lambda _: release.wait(30), lambda *_: None)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    with caplog.at_level(logging.WARNING):
        release.set()
        db._shut()
    with sqlite3.connect(db.path) as raw:
        assert raw.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    raw.close()
    assert "the event loop has gone" in caplog.text


def test_what_is_due_at_once_may_be_hurried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loops = pytest.importorskip("uvloop", reason="whose timers of no time are none")
    monkeypatch.setattr(writer_module, "SOON_S", 0.0)

    def landed(_result: object, error: BaseException | None) -> None:
        assert error is None

    async def hurried() -> list[str]:
        db = await Database.open(tmp_path / "ledger.db")
        await db.write(lambda c: c.execute("CREATE TABLE note (text TEXT, size INTEGER)"))
        db.later(lambda: [(put("late"), [landed])])
        for _ in range(3):
            db.soon()
        await db.flush()
        found = await notes(db)
        await db.close()
        return found

    with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
        assert runner.run(hurried()) == ["late"]


@pytest.fixture
async def patient_db(tmp_path: Path) -> AsyncIterator[tuple[Database, SpareTime]]:
    """One whose lazy writes are told of in spare time."""
    spare = SpareTime()
    database = await Database.open(tmp_path / "state" / "ledger.db", spare=spare)
    await database.write(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE, size INTEGER)"))
    yield database, spare
    await database.close()


async def test_that_lazy_writes_landed_is_told_in_spare_time(
    patient_db: tuple[Database, SpareTime], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = patient_db
    monkeypatch.setattr(spare_time, "QUIET_S", 3600.0)
    told: list[str] = []
    db.post(put("lazy"), lambda *_: told.append("lazy"), lazy=True)
    await db.write(put("awaited"))
    async with asyncio.timeout(20):
        while len(await notes(db)) < 2:
            await asyncio.sleep(0.001)
    assert told == []
    assert db._writer.waiting == 1
    await db.flush()
    assert told == ["lazy"]
    assert db._writer.waiting == 0


async def test_a_lazy_write_that_somebody_waits_for_is_told_at_once(
    patient_db: tuple[Database, SpareTime], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = patient_db
    monkeypatch.setattr(spare_time, "QUIET_S", 3600.0)
    for hurry in (db.hurry, db.soon):
        told = asyncio.Event()
        db.post(put(hurry.__name__), lambda *_, told=told: told.set(), lazy=True)
        hurry()
        async with asyncio.timeout(20):
            await told.wait()


async def test_all_are_told_before_it_is_closed(tmp_path: Path) -> None:
    told: list[int] = []
    database = await Database.open(tmp_path / "ledger.db", spare=SpareTime())
    for n in range(300):
        database.post(lambda _: None, lambda *_, n=n: told.append(n), lazy=True)
    await database.close()
    assert told == list(range(300))


async def test_what_is_hurried_on_its_way_to_the_disk_is_told_at_once(
    patient_db: tuple[Database, SpareTime], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = patient_db
    monkeypatch.setattr(spare_time, "QUIET_S", 3600.0)
    release = hold(db)
    told = asyncio.Event()
    db.post(put("lazy"), lambda *_: told.set(), lazy=True)
    db._writer._send()
    db.hurry()
    release.set()
    async with asyncio.timeout(20):
        await told.wait()


async def test_what_is_in_turn_is_told_after_all_before_it_and_before_all_behind_it(
    patient_db: tuple[Database, SpareTime], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, spare = patient_db
    monkeypatch.setattr(spare_time, "QUIET_S", 3600.0)
    monkeypatch.setattr(spare_time, "LATEST_S", 3600.0)
    told: list[str] = []

    def post(text: str, *, lazy: bool = False) -> None:
        db.post(put(text), lambda *_: told.append(text), lazy=lazy)

    def count(connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT count(*) FROM note").fetchone()[0])

    post("lazy", lazy=True)
    db.soon(hurried=False)
    async with asyncio.timeout(20):
        while not await notes(db):
            await asyncio.sleep(0.001)
    release = hold(db)
    for n in range(100):
        post(f"before {n}")
    found: list[tuple[int, list[str]]] = []
    reading = asyncio.ensure_future(db.in_turn(count, lambda n: found.append((n, [*told]))))
    await asyncio.sleep(0)
    for n in range(100):
        post(f"behind {n}")
    release.set()
    assert await reading == 101
    ((count_before, told_before),) = found
    assert count_before == 101
    assert {*told_before} == {"lazy", *(f"before {n}" for n in range(100))}
    await db.flush()
    assert told == [*told_before, *(f"behind {n}" for n in range(100))]
    assert db._writer.waiting == 0
    assert repr(spare) == "SpareTime(0 waiting)"
