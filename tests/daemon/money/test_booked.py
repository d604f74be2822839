"""What was booked at one provider by UTC day."""

from __future__ import annotations

import datetime
from pathlib import Path

from homeport.daemon.money.reports import Reports
from support.ledgers import NOON_MS, Clock, a_ledger, spent

DAY_MS = 86_400_000


async def test_days_are_those_of_utc_and_of_the_provider_alone(tmp_path: Path) -> None:
    midnight = NOON_MS - NOON_MS % DAY_MS
    async with a_ledger(tmp_path / "l.db") as ledger:
        await spent(ledger, 100, 40, at_ms=midnight)
        await spent(ledger, 100, None, at_ms=midnight + DAY_MS - 1)
        await spent(ledger, 100, 7, at_ms=midnight - 1)
        await spent(ledger, 100, 9, at_ms=midnight + DAY_MS)
        await spent(ledger, 100, 50, at_ms=midnight, provider="sky", model="sky/b")
        day = datetime.date(2026, 11, 21)
        report = await Reports(ledger._db, Clock()).booked("openai", day, day)
        wide = await Reports(ledger._db, Clock()).booked("openai", datetime.date.min, day)
    (one,) = report.days
    assert (one.day, one.cost_nano, one.estimated_nano, one.attempts) == ("2026-11-21", 140, 100, 2)
    assert (one.input_tokens, one.output_tokens) == (20, 10)
    assert [found.cost_nano for found in wide.days] == [7, 140]
