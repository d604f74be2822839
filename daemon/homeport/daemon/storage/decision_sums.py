"""How requests went, summed by hour and by day, model, task and strategy.

Decisions come into the sums in the order of their rows, some hundreds at a time; those behind
the last that is in them are added by whoever asks. Hours and days are those of UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from operator import add
from typing import TypeVar

import msgspec

from homeport.daemon.storage.catching_up import AT_ONCE, OFTEN

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
HOURS = 24

K = TypeVar("K")

Key = tuple[str, str, str]
"""Model, task and strategy."""
Counts = tuple[int, ...]
"""In the order of `COUNTS`."""
COUNTS = (
    *("requests", "failed", "cost_nano", "unknown_costs"),
    *("cached", "saved_nano", "unknown_savings"),
)

_ADD = f"""
INSERT INTO decision_sum VALUES ({", ".join("?" * (5 + len(COUNTS)))})
ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTS)}
"""  # noqa: S608
_SUMS = ", ".join(f"sum({name})" for name in COUNTS)
_SINCE = f"""
SELECT model, task, strategy, {_SUMS} FROM (
    SELECT * FROM decision_sum
    WHERE span = 'hour' AND period BETWEEN :hour AND (:hour / {HOURS} + 1) * {HOURS} - 1
    UNION ALL
    SELECT * FROM decision_sum WHERE span = 'day' AND period > :hour / {HOURS}
) GROUP BY 1, 2, 3
"""  # noqa: S608
_FOLDED = "SELECT n FROM folded WHERE part = 'decisions'"
_MOVE = "UPDATE folded SET n = ? WHERE part = 'decisions'"
_BEGIN_AGAIN = """
UPDATE folded SET n = 0 WHERE part = 'decisions' AND NOT EXISTS (SELECT 1 FROM decision)
"""
_NEWEST = "SELECT ifnull(max(rowid), 0) FROM decision"
_VIEWS = "SELECT at_ms, view FROM decision WHERE rowid > ? AND rowid <= ?"
_FORGET = "DELETE FROM decision_sum WHERE span = 'hour' AND period < ?"
LAST = 2**62


class Cached(msgspec.Struct, frozen=True):
    """What is counted of the cache's part in a row."""

    of: str = ""
    saved_nano: int | None = None


class Went(msgspec.Struct, frozen=True):
    """What is counted of a stored row."""

    state: str
    model: str = ""
    task: str = ""
    strategy: str = "single"
    first_token_ms: int | None = None
    total_ms: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    cache: Cached | None = None

    @property
    def given_again(self) -> Cached | None:
        """The kept answer that was given; None where it was a fresh one."""
        return self.cache if self.cache is not None and self.cache.of else None

    @property
    def key(self) -> Key:
        """The group that it is of."""
        return self.model, self.task, self.strategy


_view = msgspec.json.Decoder(Went)


def read_view(view: bytes) -> Went | None:
    """A stored row; None where it cannot be read."""
    try:
        return _view.decode(view)
    except msgspec.MsgspecError:
        return None


def fold(db: sqlite3.Connection) -> bool:
    """Bring in the next decisions; whether more than a few are left."""
    after, newest = int(db.execute(_FOLDED).fetchone()[0]), int(db.execute(_NEWEST).fetchone()[0])
    upto = min(newest, after + AT_ONCE)
    if upto > after:
        found: dict[tuple[str, int, Key], Counts] = {}
        for at_ms, went in _read(db, after, upto):
            counts = _counts(went)
            _add(found, ("hour", at_ms // HOUR_MS, went.key), counts)
            _add(found, ("day", at_ms // DAY_MS, went.key), counts)
        rows = [(span, period, *key, *sums) for (span, period, key), sums in found.items()]
        db.executemany(_ADD, rows)
        db.execute(_MOVE, (upto,))
    return newest - upto >= OFTEN


def since(db: sqlite3.Connection, since_ms: int) -> dict[Key, Counts]:
    """The sums of each group, from the hour on that a moment is in."""
    hour = max(0, since_ms) // HOUR_MS
    rows = db.execute(_SINCE, {"hour": hour})
    found = {(model, task, strategy): tuple(sums) for model, task, strategy, *sums in rows}
    for at_ms, went in _read(db, int(db.execute(_FOLDED).fetchone()[0]), LAST):
        if at_ms // HOUR_MS >= hour:
            _add(found, went.key, _counts(went))
    return found


def forget(db: sqlite3.Connection, before_ms: int) -> None:
    """Forget old hours; days stay. A log that was emptied begins to count its rows anew."""
    db.execute(_FORGET, (before_ms // HOUR_MS,))
    db.execute(_BEGIN_AGAIN)


def _read(db: sqlite3.Connection, after: int, upto: int) -> Iterator[tuple[int, Went]]:
    rows: Iterable[tuple[int, bytes]] = db.execute(_VIEWS, (after, upto))
    return ((at_ms, went) for at_ms, view in rows if (went := read_view(view)) is not None)


def _counts(went: Went) -> Counts:
    cost, given_again = went.cost_nano, went.given_again
    saved = None if given_again is None else given_again.saved_nano
    return (
        *(1, int(went.state == "failed"), cost or 0, int(cost is None)),
        *(int(given_again is not None), saved or 0),
        int(given_again is not None and saved is None),
    )


def _add(sums: dict[K, Counts], key: K, counts: Counts) -> None:
    there = sums.get(key)
    sums[key] = counts if there is None else tuple(map(add, there, counts))
