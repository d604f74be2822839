"""The log of a real router under other policies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from homeport.daemon.replaying.redeciding import Other
from homeport.daemon.replaying.replayer import PAGE, Replayer, labels_of
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.policies.model import Policy
from support.decisions import a_record
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

HOME, CLOUD = "scripted/home", "scripted/cloud"
OUT = Other(name="out", mode="prefer-cloud", weights=None, rules=())


def two() -> ScriptedAdapter:
    cards = [
        card(HOME, parameters=8 * 10**9),
        card(CLOUD, parameters=400 * 10**9, place="cloud"),
    ]
    return ScriptedAdapter({HOME: Script(), CLOUD: Script()}, cards)


async def answered(home: House, *texts: str) -> None:
    for text in texts:
        async with home.router.answer(prompt(text)) as answer:
            async for _ in answer.deltas():
                pass
    await home.router.settled()


def replayer(home: House, database: Database | None = None) -> Replayer:
    async def nothing(_: int) -> dict[tuple[str, str], float]:
        return {}

    return Replayer(home.rooms.decisions, labels_of(database) if database else nothing)


async def test_the_log_is_decided_again_beside_what_was_seen(tmp_path: Path) -> None:
    async with house(tmp_path, [two()]) as home:
        home.set_policy(mode="local-only")
        await answered(home, *["Why is the sky blue?"] * 5)
        found = await replayer(home).replay(OUT, since_ms=0, against="default")
        same = Other(name="same", mode="local-only", weights=None, rules=())
        still = await replayer(home).replay(same, since_ms=0, against="default")
        later = await replayer(home).replay(OUT, since_ms=2**60, against="default")
    assert found.prompts == still.prompts == 5
    assert [(move.there, move.here, move.count) for move in found.moved] == [(HOME, CLOUD, 5)]
    assert found.opened is not None
    assert found.opened.value == 1.0
    assert found.private_out == 0
    assert still.sentence == "All prompts would take the same way."
    cost = still.figures[0]
    assert cost.seen_same is not None
    assert cost.seen_same.rows == 5
    assert later.prompts == 0


async def test_a_shipped_policy_under_the_thousand_prompts_of_a_log(tmp_path: Path) -> None:
    """More than a page, in order, the same each time; the loop turns meanwhile."""
    database = await Database.open(tmp_path / "ledger.db")
    log = DecisionLog(database)
    for number in range(PAGE + 20):
        log.record(a_record(f"{number:04d}", number))
    rules = Shelf(tmp_path).policy(Policy(), "frugal").rules
    other = Other(name="frugal", mode="prefer-local", weights=None, rules=rules, cloud_share=0.3)
    running = Replayer(log, labels_of(database))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.get_running_loop().create_task(turn())
    first = await running.replay(other, since_ms=10, against="default")
    turning.cancel()
    second = await running.replay(other, since_ms=10, against="default")
    await database.close()
    assert first.prompts == PAGE + 10
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert turns > PAGE
    assert repr(running) == "Replayer(idle)"


async def test_labels_come_from_the_table_of_outcomes_where_there_is_one(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "ledger.db")
    insert = (
        "INSERT INTO outcomes (at_ms, decision, answer, model, version, task, difficulty, source,"
        " good, weight, raw, signals) VALUES (?, 'd', 0, 'm', '', 'chat', 1, ?, ?, ?, NULL, '')"
    )
    rows = [(9, "check", 0.0, 9.0), (10, "check", 1.0, 1.0), (11, "thumb", 0.0, 3.0)]
    await database.write(lambda db: db.executemany(insert, rows))
    assert await labels_of(database)(10) == {("d", "m"): pytest.approx(0.25)}
    await database.write(lambda db: db.execute("DROP TABLE outcomes"))
    assert await labels_of(database)(0) == {}
    await database.close()
