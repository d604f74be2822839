"""Decisions are stored without any text, found again, replayed, and forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sqlite3
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from homeport.analysis import Facts, Turn, measure
from homeport.client.wire import RequestView
from homeport.daemon.database import Database
from homeport.daemon.decision_log import DecisionLog, DecisionRecord, DecisionStep, replay
from homeport.daemon.decision_record import Unreadable, completed, neutral, packed, unpacked
from homeport.policies import decide, next_after
from homeport.policies.errors import BadRequest
from homeport.policies.model import Budget, BudgetWindow, Candidate, Failure, ModelCard, Policy

WORDS = ("zanzibar", "quicksilver", "hunter2", "Ünïcødé")
PROMPT = f"Tell me about {' and '.join(WORDS)} please."
BUDGET = Budget(
    windows=(
        BudgetWindow(window="day", limit_nano=10**9, spent_nano=1, reserved_nano=2, resets_at_ms=3),
    )
)
POLICY = Policy(mode="balanced", trusted_hosts=("nas.home",), aliases=(("gpt", "auto"),))


def candidates() -> tuple[Candidate, ...]:
    small = ModelCard(
        id="llamacpp/small", provider="llamacpp", name="small", place="local", context=4096
    )
    large = ModelCard(
        id="openai/large", provider="openai", name="large", place="cloud", price_ref="openai/large"
    )
    return (
        Candidate(card=small, state="ready", quality=0.61, cost_nano=0, worst_cost_nano=0),
        Candidate(
            card=large, state="ready", quality=0.97, cost_nano=1234, worst_cost_nano=98_765,
            key="valid", first_token_ms=311, total_ms=2003,
        ),
    )  # fmt: skip


def a_record(record_id: str, at_ms: int = 1000, *, failed: bool = False) -> DecisionRecord:
    """A prompt that was measured and decided on, perhaps twice."""
    ask = measure((Turn("user", PROMPT),), facts=Facts(client="editor", session="talk"))
    given = (ask, candidates(), BUDGET, POLICY)
    first = decide(*given)
    steps = [step(at_ms, given, (), first)]
    if failed:
        history = (
            Failure(model=first.order[0].model, kind="stall", sentence="It went quiet.",
                    sent_tokens=12),
        )  # fmt: skip
        again = (dataclasses.replace(ask, answer_tokens=12), *given[1:])
        steps.append(step(at_ms + 5, again, history, next_after(*again, history)))
    view = RequestView(id=record_id, at_ms=at_ms, state="done", because=first.because)
    return DecisionRecord(view=view, ask=ask, steps=tuple(steps))


def step(at_ms: int, given: Any, history: tuple[Failure, ...], decision: Any) -> DecisionStep:
    ask, of, budget, policy = given
    return DecisionStep(
        at_ms=at_ms,
        ask=ask,
        candidates=of,
        budget=budget,
        policy=policy,
        history=history,
        decision=decision,
    )


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
    await db.close()
    stored = [f.read_bytes() for f in db.path.parent.glob("ledger.db*")]
    stored += [view + zlib.decompress(steps) for view, steps in rows]
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


# -- replaying -------------------------------------------------------------------------


def test_a_changed_decision_is_different() -> None:
    record = a_record("0001")
    only = record.steps[0]
    changed = dataclasses.replace(only.decision, because=only.decision.because + " Or so.")
    other = dataclasses.replace(record, steps=(dataclasses.replace(only, decision=changed),))
    assert replay(other) == "different"


def test_another_engine_version_is_not_compared() -> None:
    record = a_record("0001")
    old = dataclasses.replace(record.steps[0].decision, engine_version="0")
    steps = (dataclasses.replace(record.steps[0], decision=old),)
    assert replay(dataclasses.replace(record, steps=steps)) == "other-version"


def test_nothing_logged_is_said_so() -> None:
    assert replay(dataclasses.replace(a_record("0001"), steps=())) == "not-logged"


# -- records of other versions, and garbage ------------------------------------------------


def stored(record: DecisionRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    view = msgspec.to_builtins(record.view)
    return view, json.loads(zlib.decompress(packed(record)))


def read(view: object, steps: object) -> DecisionRecord:
    return unpacked(json.dumps(view).encode(), zlib.compress(json.dumps(steps).encode()))


def test_fields_that_an_older_program_did_not_have_are_filled() -> None:
    view, inside = stored(a_record("0001", failed=True))
    for gone in ("language", "tags", "max_tokens", "urgency", "deadline_ms"):
        del inside["ask"][gone]
    del inside["steps"][0]["decision"]["because"]
    del inside["steps"][0]["candidates"][0]["quality"]
    del inside["steps"][1]["history"]
    del inside["steps"][1]["budget"]
    del view["state"]
    record = read(view, inside)
    assert (record.ask.language, record.ask.tags, record.ask.max_tokens) == ("", (), None)
    assert record.steps[0].decision.because == ""
    assert record.steps[0].candidates[0].quality == 0.0
    assert record.steps[1].history == ()
    assert record.steps[1].budget == Budget()
    assert record.view.state == "deciding"


def test_fields_that_a_newer_program_added_are_passed_over() -> None:
    view, inside = stored(a_record("0001"))
    inside["ask"]["mood"] = "sunny"
    inside["steps"][0]["candidates"][0]["card"]["colour"] = "blue"
    assert read(view, inside) == a_record("0001")


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


def test_values_that_cannot_be_right_are_unreadable() -> None:
    view, inside = stored(a_record("0001"))
    inside["ask"]["difficulty"] = "very"
    with pytest.raises(Unreadable):
        read(view, inside)


def test_neutral_values() -> None:
    assert [neutral(kind) for kind in (str, int, float, bool, int | None, tuple[int, ...])] == [
        "",
        0,
        0.0,
        False,
        None,
        [],
    ]
    assert completed(int, 5) == 5
    assert neutral(ModelCard)["id"] == ""


async def test_ledger_and_log_share_a_file(db: Database, decisions: DecisionLog) -> None:
    """Writing many decisions does not keep a reservation waiting."""
    for number in range(200):
        decisions.record(a_record(f"{number:04d}", number))
    done = await asyncio.wait_for(db.write(lambda _: "reserved"), 30)
    assert done == "reserved"
    await decisions.flush()
    with contextlib.closing(sqlite3.connect(db.path)) as raw:
        assert raw.execute("SELECT count(*) FROM decision").fetchone() == (200,)
