"""SQLite opened safely: cancellation, reads beside writes, refusals, full disks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from homeport.daemon.storage.database import Database
from homeport.daemon.storage.migrations import APPLICATION_ID, STEPS
from homeport.daemon.storage.trouble import CODES
from homeport.policies.errors import DaemonTrouble
from support.notes import hold, notes, put


async def test_what_is_written_is_read_and_survives_a_reopening(db: Database) -> None:
    assert await db.write(put("one")) == 1
    assert await notes(db) == ["one"]
    await db.close()
    again = await Database.open(db.path)
    assert await notes(again) == ["one"]
    await again.close()


async def test_the_file_is_private(db: Database) -> None:
    await db.write(put("one"))
    folder = db.path.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {f.name: f.stat().st_mode & 0o777 for f in folder.iterdir()} == {
        "ledger.db": 0o600,
        "ledger.db-wal": 0o600,
        "ledger.db-shm": 0o600,
    }


async def test_an_open_file_mode_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch(mode=0o644)
    await (await Database.open(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_cancelled_write_happens_exactly_once(db: Database) -> None:
    release = hold(db)
    writing = asyncio.ensure_future(db.write(put("once")))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    release.set()
    await db.write(lambda _: None)
    assert await notes(db) == ["once"]


async def test_a_failure_that_nobody_waits_for_is_logged(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await db.write(put("twice"))
    release = hold(db)
    writing = asyncio.ensure_future(db.write(put("twice")))
    await asyncio.sleep(0)
    writing.cancel()
    release.set()
    await db.write(lambda _: None)
    assert "whose caller had gone" in caplog.text


async def test_writes_wait_for_room(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.daemon.storage.database.QUEUE", 3)
    release = hold(db)
    writes = [asyncio.ensure_future(db.write(put(str(n)))) for n in range(10)]
    await asyncio.sleep(0)
    assert db._writer.waiting == 3
    release.set()
    await asyncio.gather(*writes)
    assert sorted(await notes(db)) == [str(n) for n in range(10)]


async def test_a_read_sees_one_moment(db: Database) -> None:
    await db.write(put("one"))
    loop = asyncio.get_running_loop()

    def count_twice(connection: sqlite3.Connection) -> tuple[int, int]:
        query = "SELECT count(*) FROM note"
        before = connection.execute(query).fetchone()[0]
        asyncio.run_coroutine_threadsafe(db.write(put("two")), loop).result(30)
        return before, connection.execute(query).fetchone()[0]

    assert await db.read(count_twice) == (1, 1)
    assert await notes(db) == ["one", "two"]


async def test_what_is_in_turn_is_taken_whoever_has_gone(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> None:
        raise ValueError("no place for it")

    taken: list[int] = []
    for take in (taken.append, broken):
        gone = asyncio.ensure_future(db.in_turn(put(take.__name__), take))
        await asyncio.sleep(0)
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
    await db.flush()
    assert taken == [1]
    assert await notes(db) == ["append", "broken"]
    assert "a change whose caller had gone failed: no place for it" in caplog.text


async def test_what_cannot_be_read_or_taken_in_turn_says_so(db: Database) -> None:
    def broken(_: object) -> None:
        raise ValueError("no place for it")

    with pytest.raises(ValueError, match="no place for it"):
        await db.in_turn(put("there"), broken)
    with pytest.raises(sqlite3.IntegrityError):
        await db.in_turn(put("there"), broken)


async def test_reads_cannot_write(db: Database) -> None:
    with pytest.raises(DaemonTrouble) as caught:
        await db.read(put("no"))
    assert caught.value.code == "database_unusable"
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await db.read(lambda c: c.execute("SELECT * FROM missing"))


async def test_closing_finishes_what_is_queued_and_may_be_repeated(db: Database) -> None:
    writes = [asyncio.ensure_future(db.write(put(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(db.close(), db.close())
    await db.close()
    assert await asyncio.gather(*writes) == [1] * 20
    assert [file.name for file in db.path.parent.iterdir()] == ["ledger.db"]
    for use in (db.write(put("late")), db.read(lambda _: None)):
        with pytest.raises(DaemonTrouble) as caught:
            await use
        assert caught.value.code == "database_closed"


async def test_two_databases_on_one_file_agree(db: Database) -> None:
    other = await Database.open(db.path)
    await asyncio.gather(*(d.write(put(f"{d is db} {n}")) for d in (db, other) for n in range(20)))
    assert len(await notes(db)) == len(await notes(other)) == 40
    await other.close()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_it_runs_on_either_event_loop(run: Callable[..., Any], tmp_path: Path) -> None:
    async def main() -> int:
        db = await Database.open(tmp_path / "ledger.db")
        await asyncio.gather(*(db.write(lambda _: None) for _ in range(200)))
        count = await db.read(lambda c: c.execute("SELECT count(*) FROM entry").fetchone()[0])
        await db.close()
        return int(count)

    assert run(main()) == 0


async def test_the_repr_says_what_waits(db: Database) -> None:
    assert repr(db) == f"<Database {db.path}, 0 writes waiting>"


# -- refusals -------------------------------------------------------------------


async def refusal(path: Path) -> DaemonTrouble:
    """The trouble that opening raises, having left the folder as it was."""
    before = {f.name: f.read_bytes() for f in path.parent.iterdir() if f.is_file()}
    with pytest.raises(DaemonTrouble) as caught:
        await Database.open(path)
    assert {f.name: f.read_bytes() for f in path.parent.iterdir() if f.is_file()} == before
    assert str(path) in caught.value.sentence
    assert caught.value.code in CODES
    return caught.value


async def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    await (await Database.open(path)).close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 77")
    trouble = await refusal(path)
    assert trouble.code == "newer_database"
    assert "version 77" in trouble.sentence
    assert f"up to {len(STEPS)}" in trouble.sentence
    assert "update Homeport" in trouble.sentence


def leave_in_the_log(path: Path, version: int) -> None:
    """A newer program was killed: its version stands in the write-ahead log alone."""
    script = (
        "import sqlite3, os, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = WAL')\n"
        f"c.execute('PRAGMA application_id = {APPLICATION_ID}')\n"
        f"c.execute('PRAGMA user_version = {version}')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)


async def test_a_newer_version_in_the_log_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    leave_in_the_log(path, 78)
    before = path.read_bytes()
    with pytest.raises(DaemonTrouble, match="version 78"):
        await Database.open(path)
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is a letter, and not a database at all" * 100)
    assert (await refusal(path)).code == "database_broken"


async def test_a_truncated_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    await (await Database.open(path)).close()
    path.write_bytes(path.read_bytes()[: 4096 * 2])
    assert (await refusal(path)).code == "database_broken"


@pytest.mark.parametrize("missing", [1, 700, 4095, 4096])
async def test_a_database_whose_last_page_is_not_whole_is_refused_untouched(
    tmp_path: Path, missing: int
) -> None:
    path = tmp_path / "ledger.db"
    await (await Database.open(path)).close()
    cut = path.read_bytes()[:-missing]
    path.write_bytes(cut)
    error = await refusal(path)
    assert error.code == "database_broken"
    assert "its end is missing" in error.sentence
    assert path.read_bytes() == cut


async def test_what_a_log_beside_it_makes_up_for_is_not_damage(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    db = await Database.open(path)
    await db.write(lambda c: c.execute("CREATE TABLE more (text)").close())
    for name in ("ledger.db", "ledger.db-wal"):
        (tmp_path / "left").mkdir(exist_ok=True)
        (tmp_path / "left" / name).write_bytes((tmp_path / name).read_bytes())
    await db.close()
    again = await Database.open(tmp_path / "left" / "ledger.db")
    assert await again.read(lambda c: c.execute("SELECT count(*) FROM more").fetchone()) == (0,)
    await again.close()


async def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE recipe (name TEXT)")
    trouble = await refusal(path)
    assert trouble.code == "database_broken"
    assert "another program" in trouble.sentence


async def delete_notes(path: Path) -> None:
    db = await Database.open(path)
    try:
        await db.write(lambda c: c.execute("DELETE FROM note"))
    finally:
        await db.close()


async def test_a_page_that_goes_bad_while_running_is_named(db: Database) -> None:
    await db.write(lambda c: [c.execute("INSERT INTO note VALUES (?, 1)", (n,)) for n in range(99)])
    await db.close()
    damaged = bytearray(db.path.read_bytes())
    for page in range(2, len(damaged) // 4096):
        damaged[page * 4096 : page * 4096 + 64] = os.urandom(64)
    db.path.write_bytes(damaged)
    with pytest.raises(DaemonTrouble) as caught:
        await delete_notes(db.path)
    assert caught.value.code == "database_broken"


async def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(DaemonTrouble) as caught:
        await Database.open(tmp_path / "ledger.db")
    assert caught.value.code == "database_unusable"


async def test_a_locked_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.daemon.storage.database.BUSY_MS", 50)
    path = tmp_path / "ledger.db"
    db = await Database.open(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DaemonTrouble) as caught:
            await db.write(lambda _: None)
    assert caught.value.code == "database_busy"
    assert await db.write(lambda _: 7) == 7
    await db.close()


# -- a full disk ------------------------------------------------------------------


def cap(pages: int) -> Callable[[sqlite3.Connection], None]:
    """The database may grow to so many pages and no further."""
    return lambda c: c.execute(f"PRAGMA max_page_count = {pages}").close()


async def test_a_full_disk_fails_the_write_and_loses_nothing(db: Database) -> None:
    await db.write(put("kept"))
    await db.write(cap(1))  # as many as there are
    release = hold(db)
    works = [put("small"), put("x" * 100_000), put("after")]
    writes = asyncio.gather(*(db.write(work) for work in works), return_exceptions=True)
    await asyncio.sleep(0)
    release.set()
    outcomes = await writes
    assert isinstance(outcomes[1], DaemonTrouble)
    assert outcomes[1].code == "disk_full"
    assert "free some space" in outcomes[1].sentence
    done = [
        text for text, outcome in zip(("small", "", "after"), outcomes, strict=True) if outcome == 1
    ]
    assert await notes(db) == ["kept", *done]
    with pytest.raises(DaemonTrouble):
        await db.write(put("x" * 100_000))
    assert "free some space" in db.trouble
    await db.write(cap(1_000_000))
    await db.write(put("y" * 100_000))
    assert db.trouble == ""


def mounted(size: str, folder: Path) -> bool:
    """Mount a tiny memory disk, where this user may."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to mount")
async def test_a_really_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    if not mounted("600k", folder):
        pytest.skip("may not mount a tmpfs here")
    try:
        written = await fill(folder / "ledger.db")
        again = await Database.open(folder / "ledger.db")
        assert await notes(again) == [*written, "after"]
        await again.close()
    finally:
        unmount(folder)


async def keep_writing(db: Database, written: list[str]) -> None:
    for n in range(10_000):
        text = f"{n}-" + "x" * 2000
        await db.write(put(text))
        written.append(text)


async def fill(path: Path) -> list[str]:
    """Write until the disk is full, make room, and write once more; the notes that went in."""
    ballast = path.parent / "ballast"
    ballast.write_bytes(bytes(64 * 1024))
    db = await Database.open(path)
    await db.write(lambda c: c.execute("CREATE TABLE note (text TEXT UNIQUE, size INTEGER)"))
    written: list[str] = []
    with pytest.raises(DaemonTrouble) as caught:
        await keep_writing(db, written)
    assert caught.value.code == "disk_full"
    ballast.unlink()
    await db.write(put("after"))
    await db.close()
    return written
