"""How requests went, counted from the log of decisions."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from homeport.client.wire import CachedSum, CacheView, RequestView
from homeport.daemon.learning.outcome import Outcome
from homeport.daemon.learning.outcomes import Outcomes
from homeport.daemon.storage import catching_up, decision_sums
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog, DecisionRecord
from homeport.daemon.storage.figures import Figures, percentile
from support.asks import ask

HOUR_MS = 3_600_000
NOW_MS = 100 * HOUR_MS + 10
VIEWS = (
    RequestView("a", NOW_MS, "done", task="code", model="sky/b", first_token_ms=100,
                total_ms=1100, output_tokens=50, cost_nano=7),
    RequestView("b", NOW_MS + 10, "done", task="code", model="sky/b", first_token_ms=300,
                total_ms=2300, output_tokens=40, cost_nano=None),
    RequestView("c", NOW_MS + 20, "failed", task="chat", model="sky/b", total_ms=9, cost_nano=0),
    RequestView("d", NOW_MS + 30, "cancelled", task="chat", model="home/s", strategy="verify",
                cost_nano=0),
    RequestView("old", NOW_MS - HOUR_MS, "done", task="chat", model="home/s", total_ms=5,
                cost_nano=9),
)  # fmt: skip


async def figures(folder: Path) -> tuple[Database, Figures]:
    db = await Database.open(folder / "ledger.db")
    log, outcomes = DecisionLog(db), Outcomes(db)
    for view in VIEWS:
        log.record(DecisionRecord(view=view, ask=ask(), steps=()))
    said: tuple[tuple[Any, float], ...] = (("thumb", 1.0), ("retry", 0.0), ("check", 0.0))
    for source, good in said:
        outcomes.keep(
            Outcome(
                at_ms=NOW_MS + 5,
                decision="a",
                model="sky/b",
                task="code",
                difficulty=20,
                source=source,
                good=good,
            )
        )
    return db, Figures(db)


async def test_each_group_has_its_figures(tmp_path: Path) -> None:
    db, made = await figures(tmp_path)
    report = await made.report("model", NOW_MS)
    sky, home = report.rows
    assert report.read == 4
    assert (sky.group, sky.requests, sky.failed) == ("sky/b", 3, 1)
    assert (sky.first_token_ms, sky.p50_ms, sky.p95_ms) == (100, 1100, 2300)
    assert sky.tokens_per_s == 20.0
    assert (sky.cost_nano, sky.unknown_costs) == (7, 1)
    assert sky.satisfaction == pytest.approx(1 / 1.15)  # a thumb, less a prompt asked again
    assert (home.requests, home.p50_ms, home.satisfaction) == (1, None, None)
    await db.close()


async def test_what_is_summed_already_is_told_the_same(tmp_path: Path) -> None:
    db, made = await figures(tmp_path)
    since = (0, NOW_MS - HOUR_MS, NOW_MS, NOW_MS + HOUR_MS)
    before = [(await made.report("model", of), await made.each(of)) for of in since]
    assert await db.write(decision_sums.fold) is False
    assert [(await made.report("model", of), await made.each(of)) for of in since] == before
    log = DecisionLog(db)
    log.record(DecisionRecord(view=VIEWS[0], ask=ask(), steps=()))  # judged: written once more
    await log.flush()
    await db.write(decision_sums.fold)
    assert [(await made.report("model", of), await made.each(of)) for of in since] == before
    await db.close()


async def test_days_outlive_their_hours_and_an_emptied_log_counts_on(tmp_path: Path) -> None:
    db, made = await figures(tmp_path)
    await db.flush()
    await db.write(decision_sums.fold)
    log = DecisionLog(db)
    assert await log.prune(NOW_MS + 10 * HOUR_MS) == len(VIEWS)
    assert [row.requests for row in (await made.report("model", 0)).rows] == [3, 2]
    assert (await made.report("model", NOW_MS)).rows == ()
    log.record(DecisionRecord(view=VIEWS[0], ask=ask(), steps=()))
    await log.flush()
    await db.write(decision_sums.fold)
    assert [row.requests for row in (await made.report("model", 0)).rows] == [4, 2]
    await db.close()


async def test_many_are_summed_while_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (catching_up, decision_sums):
        monkeypatch.setattr(module, "OFTEN", 2)
    monkeypatch.setattr(decision_sums, "AT_ONCE", 2)
    db, made = await figures(tmp_path)
    left = len(VIEWS)
    async with asyncio.timeout(10):
        while left > 1:
            await db.flush()
            await asyncio.sleep(0)
            left = await db.read(decisions_left)
    assert sum(row.requests for row in (await made.report("model", 0)).rows) == len(VIEWS)
    await db.close()


def decisions_left(db: sqlite3.Connection) -> int:
    """Those that are not summed yet."""
    folded = "SELECT n FROM folded WHERE part = 'decisions'"
    left = db.execute(f"SELECT count(*) FROM decision WHERE rowid > ({folded})")  # noqa: S608
    return int(left.fetchone()[0])


async def test_groups_by_task_and_by_all_together(tmp_path: Path) -> None:
    db, made = await figures(tmp_path)
    tasks = {row.group: row.requests for row in (await made.report("task", 0)).rows}
    assert tasks == {"chat": 3, "code": 2}
    keys = [key for key, _ in await made.each(NOW_MS)]
    assert keys == [
        ("home/s", "chat", "verify"),
        ("sky/b", "chat", "single"),
        ("sky/b", "code", "single"),
    ]
    await db.close()


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [
        ([], 50, None),
        ([3], 95, 3),
        ([1, 2], 50, 1),
        ([4, 1, 3, 2], 95, 4),
        ([*range(1, 101)], 95, 95),
    ],
)
def test_percentiles(values: list[float], percent: int, found: float | None) -> None:
    assert percentile(values, percent) == found


async def test_what_came_from_the_cache_is_counted_and_teaches_no_times(tmp_path: Path) -> None:
    db = await Database.open(tmp_path / "ledger.db")
    log, made = DecisionLog(db), Figures(db)
    assert await made.cached(0) is None
    caches = (
        CacheView("miss", "None."),
        CacheView("hit", "It is.", "a", 5, 7_000),
        CacheView("near", "It is.", "a", 5, None, 0.9),
    )
    for number, cache in enumerate(caches):
        view = RequestView(
            f"x{number}",
            10,
            "done",
            model="sky/b",
            total_ms=1000 - number,
            cost_nano=0,
            cache=cache,
        )
        log.record(DecisionRecord(view=view, ask=ask(), steps=()))
    (row,) = (await made.report("model", 0)).rows
    assert (row.requests, row.cached, row.saved_nano, row.p95_ms) == (3, 2, 7_000, 1000)
    assert await made.cached(0) == CachedSum(2, 7_000, 1)
    assert await made.cached(HOUR_MS) is None
    await db.close()
