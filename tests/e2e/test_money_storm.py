"""Hundreds of callers against a cap, the daemon killed at random moments: no cent is lost.

`HOMEPORT_PROVE=N` kills it N times, each fifth time among 500 callers at once, else among 100.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from support.hybrid import needs_an_interface
from support.ledgers import a_ledger
from support.money_storm import spent, storm

PROVED = int(os.environ.get("HOMEPORT_PROVE") or 0)
KILLS = PROVED or 1
CALLERS = (500, 100, 100, 100, 100) if PROVED else (40,)
"""In turn."""
SEED = int(os.environ.get("HOMEPORT_SEED") or 4663)

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
    needs_an_interface,
]


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_no_cent_is_overspent_lost_or_charged_twice(tmp_path: Path) -> None:
    async with storm(tmp_path, SEED) as weather:
        for number in range(KILLS):
            began = time.monotonic()
            caps = await weather.round(CALLERS[number % len(CALLERS)], killed=True)
            weather.check(caps)
            if PROVED:
                took = time.monotonic() - began
                calls = sum(map(len, weather.received.values()))
                print(
                    f"{number + 1}: {calls} calls, {weather.answered} answers, {took:.1f} s",
                    flush=True,
                )
        weather.check(await weather.round(10, killed=False))
        rows = weather.rows()
        assert any(row.outcome == "done" for row in rows)
        assert not [row for row in rows if row.outcome == "held"]
        async with a_ledger(tmp_path / "state" / "ledger.db") as ledger:
            assert not ledger.budget().windows
            report = await ledger.report("provider", 0)
        of_sky = {row.group: row.cost_nano for row in report}
        assert of_sky["sky"] == spent(rows).day
        if PROVED:
            calls = [call for several in weather.received.values() for call in several]
            whole = [row for row in rows if row.outcome == "done" and row.certain]
            print(
                f"\n{weather.kills} kills, {weather.asked} prompts, {len(calls)} calls at the "
                f"cloud, {len(rows)} rows, {len(whole)} booked by the cloud's own usage, "
                f"{sum(row.outcome == 'crashed' for row in rows)} after a crash"
            )
