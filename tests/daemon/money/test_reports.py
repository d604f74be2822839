"""Reads the books beyond sums by group."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.money.reports import Reports
from support.ledgers import NOON_MS, Clock, a_ledger, spent


async def test_details_know_what_was_settled_a_moment_ago(tmp_path: Path) -> None:
    async with a_ledger(tmp_path / "l.db") as ledger:
        await spent(ledger, 100, 40, request="one", task="code", policy="frugal")
        details = await Reports(ledger._db, Clock()).details(NOON_MS)
        assert [one.id for one in details.dearest] == ["one"]
        assert details.projection.spent_nano == 40
        by_task = (await ledger.report("task", NOON_MS)).rows
        by_policy = (await ledger.report("policy", NOON_MS)).rows
        assert [(row.group, row.requests, row.cost_nano) for row in by_task] == [("code", 1, 40)]
        assert [row.group for row in by_policy] == ["frugal"]
        assert [row.group for row in (await ledger.report("week", NOON_MS)).rows] == ["2026-11-16"]
        assert [row.group for row in (await ledger.report("month", NOON_MS)).rows] == ["2026-11"]
