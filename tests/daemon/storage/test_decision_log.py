"""Decisions are stored without any text, found again, and forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import pytest

from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog, replay
from homeport.daemon.storage.decision_parts import MARKED_MS
from homeport.policies.errors import BadRequest
from support.decisions import WORDS, a_record


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "ledger.db")
    yield database
    await database.close()


@pytest.fixture
def decisions(db: Database) -> DecisionLog:
    return DecisionLog(db)


async def test_a_record_comes_back_as_it_was_and_replays(decisions: DecisionLog) -> None:
    for record in (a_record("0001-one"), a_record("0002-two", failed=True)):
        decisions.record(record)
        found = await decisions.get(record.view.id)
        assert found == record
        assert replay(found) == "identical"


async def test_it_survives_a_restart(db: Database, decisions: DecisionLog) -> None:
    decisions.record(a_record("0001-one", failed=True))
    await db.close()
    again = await Database.open(db.path)
    found = await DecisionLog(again).get("last")
    assert found == a_record("0001-one", failed=True)
    assert replay(found) == "identical"
    await again.close()


async def test_no_text_of_a_prompt_is_stored(db: Database, decisions: DecisionLog) -> None:
    decisions.record(a_record("0001-one", failed=True))
    await decisions.flush()
    rows = await db.read(lambda c: c.execute("SELECT view, steps FROM decision").fetchall())
    bodies = await db.read(lambda c: c.execute("SELECT body FROM part").fetchall())
    await db.close()
    stored = [f.read_bytes() for f in db.path.parent.glob("ledger.db*")]
    stored += [view + (s if s.startswith(b"{") else zlib.decompress(s)) for view, s in rows]
    stored += [zlib.decompress(body) for (body,) in bodies]
    text = b"".join(stored).lower()
    assert b"talk" in text  # the session, so that the search is known to find things
    for word in WORDS:
        assert word.lower().encode() not in text
        assert json.dumps(word.lower())[1:-1].encode() not in text


async def test_ids_may_be_shortened(decisions: DecisionLog) -> None:
    for record_id, at_ms in (("abcd-1", 10), ("abcd-2", 30), ("abcd", 20), ("wxyz-1", 5)):
        decisions.record(a_record(record_id, at_ms))

    async def found(wanted: str) -> str | None:
        record = await decisions.get(wanted)
        return record.view.id if record else None

    assert await found("wxyz") == "wxyz-1"
    assert await found("abcd") == "abcd"  # an exact id goes before ids that it starts
    assert await found("wxy") is None  # too short to be meant
    assert await found("nobody") is None
    assert await found("last") == "abcd-2"
    assert await found("%") is None
    with pytest.raises(BadRequest) as caught:
        await found("abcd-")
    assert caught.value.code == "ambiguous_decision"


async def test_the_newest_requests_come_last(decisions: DecisionLog) -> None:
    assert await decisions.recent(10) == []
    assert await decisions.get("last") is None
    for number in range(5):
        decisions.record(a_record(f"{number:04d}", 1000 + number))
    assert [view.id for view in await decisions.recent(3)] == ["0002", "0003", "0004"]
    assert await decisions.recent(0) == []


async def test_what_is_old_is_forgotten(decisions: DecisionLog) -> None:
    for number in range(450):
        decisions.record(a_record(f"{number:04d}", number))
    assert await decisions.prune(before_ms=430) == 430
    assert len(await decisions.recent(1000)) == 20
    assert await decisions.prune(before_ms=430) == 0


async def parts_on_disk(db: Database) -> int:
    rows = await db.read(lambda c: c.execute("SELECT count(*) FROM part").fetchall())
    return int(rows[0][0])


async def test_what_decisions_share_is_stored_once_and_forgotten_with_the_last(
    db: Database, decisions: DecisionLog
) -> None:
    for number in range(3):
        decisions.record(a_record(f"{number:04d}", number * MARKED_MS))
    await decisions.flush()
    assert await parts_on_disk(db) == 5  # two cards, a policy, a ruling and a plan
    assert await decisions.prune(before_ms=2 * MARKED_MS) == 2
    assert await decisions.get("0002") == a_record("0002", 2 * MARKED_MS)
    assert await decisions.prune(before_ms=10 * MARKED_MS) == 1
    assert await parts_on_disk(db) == 0
    decisions.record(a_record("0003", 10 * MARKED_MS))
    assert await decisions.get("0003") == a_record("0003", 10 * MARKED_MS)


async def test_a_part_that_the_disk_did_not_take_goes_with_the_next_decision(
    db: Database, decisions: DecisionLog, caplog: pytest.LogCaptureFixture
) -> None:
    await db.write(lambda c: c.execute("ALTER TABLE part RENAME TO away").close())
    decisions.record(a_record("0001"))
    await decisions.flush()
    await db.write(lambda c: c.execute("ALTER TABLE away RENAME TO part").close())
    decisions.record(a_record("0002"))
    assert await decisions.get("0002") == a_record("0002")
    assert await decisions.get("0001") is None
    assert "decision 0001 was not stored" in caplog.text


async def test_a_part_that_is_damaged_makes_no_sense(
    db: Database, decisions: DecisionLog, caplog: pytest.LogCaptureFixture
) -> None:
    decisions.record(a_record("0001"))
    await decisions.flush()
    await db.write(lambda c: c.execute("UPDATE part SET body = X'FF00'").close())
    assert await decisions.get("0001") is None
    assert "decision 0001 cannot be read" in caplog.text


async def test_a_full_queue_drops_counts_and_says_so(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    decisions = DecisionLog(db, waiting=3)
    release = Event()
    db.post(lambda _: release.wait(30), lambda *_: None)
    for number in range(5):
        decisions.record(a_record(f"{number:04d}", number))
    assert repr(decisions) == "<DecisionLog 3 waiting, 2 dropped>"
    assert "decision 0003 was not stored (1 so far)" in caplog.text
    release.set()
    assert [view.id for view in await decisions.recent(10)] == ["0000", "0001", "0002"]
    decisions.record(a_record("0005", 5))
    assert len(await decisions.recent(10)) == 4


async def test_recording_never_raises(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    decisions = DecisionLog(db)
    await db.close()
    decisions.record(a_record("0001-one"))
    assert decisions.dropped == 1
    assert "0001-one was not stored" in caplog.text


async def test_the_same_request_is_stored_once(decisions: DecisionLog) -> None:
    decisions.record(a_record("0001"))
    decisions.record(a_record("0001", failed=True))
    found = await decisions.get("0001")
    assert found is not None
    assert len(found.steps) == 2
    assert len(await decisions.recent(10)) == 1


@pytest.mark.parametrize("garbage", [b"", b"garbage", zlib.compress(b"{"), zlib.compress(b"[3]")])
async def test_garbage_does_not_break_anything(
    db: Database, decisions: DecisionLog, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    decisions.record(a_record("0001"))
    decisions.record(a_record("0002", 2000))
    await decisions.flush()
    await db.write(
        lambda c: c.execute("UPDATE decision SET steps = ? WHERE id = '0002'", [garbage])
    )
    assert await decisions.get("0002") is None
    assert await decisions.get("last") is None
    assert "decision 0002 cannot be read" in caplog.text
    await db.write(lambda c: c.execute("UPDATE decision SET view = X'FF00' WHERE id = '0002'"))
    assert [view.id for view in await decisions.recent(10)] == ["0001"]
    assert await decisions.get("0001") == a_record("0001")


async def test_ledger_and_log_share_a_file(db: Database, decisions: DecisionLog) -> None:
    """Writing many decisions does not keep a reservation waiting."""
    for number in range(200):
        decisions.record(a_record(f"{number:04d}", number))
    done = await asyncio.wait_for(db.write(lambda _: "reserved"), 30)
    assert done == "reserved"
    await decisions.flush()
    with contextlib.closing(sqlite3.connect(db.path)) as raw:
        assert raw.execute("SELECT count(*) FROM decision").fetchone() == (200,)


async def test_the_last_ones_since_a_moment_are_given_the_oldest_first(
    decisions: DecisionLog,
) -> None:
    for number in range(4):
        decisions.record(a_record(f"000{number}", 1000 + number))
    records, turns_ms = await decisions.lately(1001, 2, 9)
    assert [one.view.id for one in records] == ["0002", "0003"]
    assert turns_ms == [1001, 1002, 1003]
    records, turns_ms = await decisions.lately(1001, 9, 1)
    assert [one.view.id for one in records] == ["0001", "0002", "0003"]
    assert turns_ms == [1003]
