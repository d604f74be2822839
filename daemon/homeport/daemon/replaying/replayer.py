"""Reads the log page by page and decides it again in a thread, so that no prompt feels it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from homeport.client.wire import ReplayReport
from homeport.daemon.replaying.redeciding import Compared, Labels, LeftOut, Other, Redeciding
from homeport.daemon.replaying.report import report
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.daemon.storage.decision_record import DecisionRecord

PAGE = 50
"""Records that are in memory at once."""
MOST = 20_000
"""Prompts of one replay; the newest count."""
BREATH_S = 0.0005
"""Between two records, for whoever waits for the interpreter."""

LabelsSince = Callable[[int], Awaitable[Labels]]


class Replayer:
    """Runs one replay at a time."""

    def __init__(self, decisions: DecisionLog, labels: LabelsSince) -> None:
        self._decisions = decisions
        self._labels = labels
        self._one = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Replayer({'running' if self._one.locked() else 'idle'})"

    async def replay(self, other: Other, *, since_ms: int, against: str) -> ReplayReport:
        """The prompts since a moment under another policy."""
        async with self._one:
            redeciding = Redeciding(other, await self._labels(since_ms))
            compared: list[Compared] = []
            left_out: Counter[LeftOut] = Counter()
            async for page in self._decisions.pages(since_ms, size=PAGE, most=MOST):
                for one in await asyncio.to_thread(_decided, redeciding, page):
                    if isinstance(one, LeftOut):
                        left_out[one] += 1
                    else:
                        compared.append(one)
            return await asyncio.to_thread(
                report, compared, left_out, policy=other.name, against=against, since_ms=since_ms
            )


def _decided(redeciding: Redeciding, page: Sequence[DecisionRecord]) -> list[Compared | LeftOut]:
    done = []
    for record in page:
        done.append(redeciding.compared(record))
        time.sleep(BREATH_S)
    return done


def labels_of(db: Database) -> LabelsSince:
    """Those of the table of outcomes; none where it is not there."""

    async def since(at_ms: int) -> Labels:
        rows = await db.read(lambda connection: _labels(connection, at_ms))
        return {(decision, model): good for decision, model, good in rows}

    return since


_LABELS = """
SELECT decision, model, sum(good * weight) / sum(weight) FROM outcomes
WHERE at_ms >= ? AND weight > 0 GROUP BY decision, model
"""


def _labels(connection: sqlite3.Connection, at_ms: int) -> list[tuple[str, str, float]]:
    table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'outcomes'"
    if connection.execute(table).fetchone() is None:
        return []
    return connection.execute(_LABELS, (at_ms,)).fetchall()
