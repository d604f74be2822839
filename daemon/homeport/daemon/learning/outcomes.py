"""The table of outcomes: written when nobody waits, read once at the start, bounded.

When more wait to be written than may, the newest is dropped, counted and logged:
a slow disk must not slow requests.
"""

from __future__ import annotations

import logging
import sqlite3
from functools import partial

import msgspec

from homeport.daemon.learning.belief import PLACE_OF
from homeport.daemon.learning.outcome import WEIGHTS, Outcome
from homeport.daemon.storage.database import Database

log = logging.getLogger("homeport.learning")

WAITING = 1000
"""Outcomes that may wait to be written."""
KEPT_DAYS = 365
KEPT = 50_000
"""Rows; the oldest go first."""
FORGOTTEN_AT_ONCE = 500
_COLUMNS = (
    "at_ms, decision, answer, model, version, task, difficulty, source, good, weight, raw, signals"
)
_INSERT = f"INSERT OR REPLACE INTO outcomes ({_COLUMNS}) VALUES ({', '.join('?' * 12)})"  # noqa: S608 - no value in it
_LATEST = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, row_number() OVER (PARTITION BY model, version, task ORDER BY n DESC) AS nth
    FROM (SELECT * FROM outcomes ORDER BY n DESC LIMIT :most)
) WHERE nth <= :each ORDER BY n
"""  # noqa: S608 - no value in it
_FORGET = """
DELETE FROM outcomes WHERE n IN (
    SELECT n FROM outcomes
    WHERE at_ms < :before_ms OR n <= (SELECT max(n) FROM outcomes) - :most
    LIMIT :limit
)
"""
_signals = msgspec.json.Decoder(dict[str, float])


class Outcomes:
    """Owns the table."""

    def __init__(self, db: Database, *, waiting: int = WAITING) -> None:
        self._db = db
        self._bound = waiting
        self._waiting = 0
        self.dropped = 0
        """Outcomes that were not stored, since the start."""

    def __repr__(self) -> str:
        return f"<Outcomes {self._waiting} waiting, {self.dropped} dropped>"

    def keep(self, outcome: Outcome) -> None:
        """Store one soon. Never waits, never raises."""
        if self._waiting >= self._bound:
            self._drop("too many wait to be written")
            return
        self._waiting += 1
        try:
            self._db.post(partial(_insert, outcome=outcome), self._landed, lazy=True)
        except Exception as error:  # noqa: BLE001 - learning must not fail a request
            self._landed(None, error)

    def _landed(self, _: object, error: BaseException | None) -> None:
        self._waiting -= 1
        if error is not None:
            self._drop(str(error))

    def _drop(self, reason: str) -> None:
        self.dropped += 1
        log.warning("an outcome was not stored (%d so far): %s", self.dropped, reason)

    async def latest(self, *, each: int, most: int) -> list[Outcome]:
        """The newest of each model and task, oldest first; looks at no more than `most` rows."""
        await self._db.flush()
        return await self._db.read(partial(_latest, each=each, most=most))

    async def prune(self, before_ms: int, most: int = KEPT) -> int:
        """Forget what is older, and what is too much, a little at a time; the number forgotten."""
        await self._db.flush()
        forgotten = 0
        while True:
            count = await self._db.write(partial(_forget, before_ms=before_ms, most=most))
            forgotten += count
            if count < FORGOTTEN_AT_ONCE:
                return forgotten


def _insert(db: sqlite3.Connection, outcome: Outcome) -> None:
    signals = msgspec.json.encode(dict(outcome.signals)).decode() if outcome.signals else ""
    row = (
        *(outcome.at_ms, outcome.decision, outcome.answer, outcome.model, outcome.version),
        *(outcome.task, outcome.difficulty, outcome.source, outcome.good, outcome.weighs),
        *(outcome.raw, signals),
    )
    db.execute(_INSERT, row)


def _latest(db: sqlite3.Connection, each: int, most: int) -> list[Outcome]:
    rows = db.execute(_LATEST, {"each": each, "most": most}).fetchall()
    return [outcome for row in rows if (outcome := _outcome(row)) is not None]


def _outcome(row: tuple[object, ...]) -> Outcome | None:
    """None for a row of a program that knows other tasks or sources."""
    names = _COLUMNS.split(", ")
    fields = dict(zip(names, row, strict=True))
    if fields["task"] not in PLACE_OF or fields["source"] not in WEIGHTS:
        return None
    try:
        signals = _signals.decode(str(fields["signals"] or "{}"))
    except msgspec.MsgspecError:
        return None
    return Outcome(**{**fields, "signals": tuple(signals.items())})  # type: ignore[arg-type]


def _forget(db: sqlite3.Connection, before_ms: int, most: int) -> int:
    bounds = {"before_ms": before_ms, "most": most, "limit": FORGOTTEN_AT_ONCE}
    return db.execute(_FORGET, bounds).rowcount
