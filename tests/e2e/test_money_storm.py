"""Hundreds of callers against a cap, the daemon killed at random moments: no cent is lost.

`HOMEPORT_PROVE=N` kills it N times, each fifth time among 500 callers at once, else among 100.
Each round has a seed, which is printed and counts up from `HOMEPORT_SEED`: to play a round
again, give its seed and `HOMEPORT_PROVE=1`.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from support.interfaces import needs_an_interface
from support.ledgers import a_ledger
from support.money_storm import spent, storm

PROVED = int(os.environ.get("HOMEPORT_PROVE") or 0)
KILLS = PROVED or 1
CALLERS = (500, 100, 100, 100, 100) if PROVED else (40,)
"""By the seed of the round, in turn."""
SEED = int(os.environ.get("HOMEPORT_SEED") or 4663)

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
    needs_an_interface,
]


@pytest.mark.timeout(60 + 30 * KILLS)
async def test_no_cent_is_overspent_lost_or_charged_twice(tmp_path: Path) -> None:
    async with storm(tmp_path) as weather:
        for seed in range(SEED, SEED + KILLS):
            callers = CALLERS[seed % len(CALLERS)]
            if PROVED:
                print(f"kill {weather.kills + 1}, seed {seed}, {callers} callers", flush=True)
            began = time.monotonic()
            weather.check(await weather.round(callers, seed=seed, killed=True))
            if PROVED:
                took = time.monotonic() - began
                calls = sum(map(len, weather.received.values()))
                print(f"  {calls} calls, {weather.answered} answers, {took:.1f} s", flush=True)
        weather.check(await weather.round(10, seed=SEED + KILLS, killed=False))
        rows = weather.rows()
        assert any(row.outcome == "done" for row in rows)
        assert not [row for row in rows if row.outcome == "held"]
        async with a_ledger(tmp_path / "state" / "ledger.db") as ledger:
            assert not ledger.budget().windows
            report = await ledger.report("provider", 0)
        of_sky = {row.group: row.cost_nano for row in report.rows}
        assert of_sky["sky"] == spent(rows).day
        if PROVED:
            by_prompt = [len(calls) for calls in weather.received.values()]
            several = sum(calls for calls in by_prompt if calls > 1)
            whole = [row for row in rows if row.outcome == "done" and row.certain]
            print(
                f"\n{weather.kills} kills, {weather.asked} prompts, {sum(by_prompt)} calls at the "
                f"cloud, {several} of them with others for one prompt, {len(rows)} rows, "
                f"{len(whole)} booked by the cloud's own usage, "
                f"{sum(row.outcome == 'crashed' for row in rows)} after a crash"
            )
