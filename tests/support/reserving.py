"""A program that reserves and settles until it is killed: `python reserving.py DB LIMIT ROUND`.

Each line on stdout is a promise the ledger has made: `R id worst` (held on
disk) or `S id cost` (booked on disk). The promise is written after it is made,
so a line that arrived must be true of the file that is left behind.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from homeport.daemon.money import folding
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.storage import catching_up
from homeport.daemon.storage.database import Database
from support.ledgers import NOON_MS, Clock, a_reservation, a_settlement

TASKS = 8


def promise(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def spend(ledger: Ledger, name: str, chance: random.Random) -> None:
    for number in range(1_000_000):
        worst = chance.randrange(1, 900)
        attempt = f"{name}-{number}"
        reservation = a_reservation(worst, id=attempt, request=attempt, at_ms=NOON_MS)
        if await ledger.reserve(reservation) is not None:
            continue
        promise("R", attempt, worst)
        if chance.random() < 0.2:
            await asyncio.sleep(chance.random() / 200)
        cost = chance.randrange(0, worst + 1)
        await ledger.settle(a_settlement(attempt, cost))
        promise("S", attempt, cost)


async def main(path: str, limit: str, name: str) -> None:
    # So that they die within it too.
    catching_up.OFTEN = catching_up.MOST = folding.OFTEN = folding.AT_ONCE = 7
    db = await Database.open(Path(path))
    ledger = Ledger(db, LedgerLimits(day_nano=int(limit)), Clock())
    await ledger.open()
    chance = random.Random(name)  # noqa: S311 - no secret
    async with asyncio.TaskGroup() as tasks:
        for task in range(TASKS):
            tasks.create_task(spend(ledger, f"{name}-{task}", chance))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
