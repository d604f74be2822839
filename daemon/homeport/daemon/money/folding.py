"""Brings entries into the sums that are kept, some hundreds at a time, when nobody waits.

Every transaction takes the next entries in the order of their numbers, and notes the last of
them beside the sums: a daemon that dies between two goes on where it was. There are three parts,
the sums of days, those of sessions and turns, and those of requests: a ledger of an older program
has the first from its own sums, and gets the others a little at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from homeport.daemon.money import kept_sums, request_sums, session_sums, turns
from homeport.daemon.money.kept_sums import BY_CLOCK, BY_DAY, TRIED, folded
from homeport.daemon.money.turns import Turns
from homeport.daemon.storage.catching_up import AT_ONCE, OFTEN, CatchingUp
from homeport.daemon.storage.database import Database

CHECKED_ENTRIES = 50_000
"""How much is compared at a start, beside the entries of the last day."""
COUNTED_ENTRIES = 5_000
"""Up to so many their attempts are counted; of more the cost alone is summed, ten times as fast."""

PARTS = ("days", "turns", "requests")
_NEWEST = "SELECT ifnull(max(n), 0) FROM entry"
_MOVE = "UPDATE folded SET n = ? WHERE part = ?"
_OF_ENTRIES = f"""
SELECT ifnull({TRIED}, 0), ifnull(sum(cost_nano), 0) FROM entry WHERE day = ? AND n <= ?
"""  # noqa: S608
_COST_OF_ENTRIES = "SELECT ifnull(sum(cost_nano), 0) FROM entry WHERE day = ? AND n <= ?"
_KEPT = """
SELECT kind, sum(attempts), sum(cost_nano) FROM total WHERE period = ? AND kind IN
('all', 'provider', 'model', 'place', 'client', 'task', 'policy') GROUP BY kind
"""
KINDS_OF_EACH = 7
"""Of these kinds every entry has one name."""


class Folding:
    """Owns when entries are brought in."""

    def __init__(self, db: Database) -> None:
        self._turns = Turns()
        self.catching_up = CatchingUp(db, self.fold)

    def fold(self, db: sqlite3.Connection) -> bool:
        """Bring in the next entries; whether more than a few are left."""
        newest = int(db.execute(_NEWEST).fetchone()[0])
        for part in PARTS:
            after = folded(db, part)
            upto = min(newest, after + AT_ONCE)
            if upto > after:
                self._bring_in(db, part, after, upto)
                db.execute(_MOVE, (upto, part))
        return entries_behind(db) >= OFTEN

    def _bring_in(self, db: sqlite3.Connection, part: str, after: int, upto: int) -> None:
        if part == "days":
            kept_sums.keep(db, kept_sums.of_entries(db, BY_DAY, after, upto))
            return
        if part == "requests":
            request_sums.keep(db, after, upto)
            return
        kept_sums.keep(db, kept_sums.of_entries(db, BY_CLOCK, after, upto))
        session_sums.keep(db, after, upto)
        if self._turns.upto != after:
            self._turns = Turns.behind(db, after)
        turns.keep(db, self._turns.go_on(db, upto))


def entries_behind(db: sqlite3.Connection) -> int:
    """How many entries are not in all sums yet."""
    newest = int(db.execute(_NEWEST).fetchone()[0])
    return newest - min(folded(db, part) for part in PARTS)


def begin_again(db: sqlite3.Connection) -> None:
    """Forget every sum: all are made from their entries again."""
    for table in ("total", "session_sum", "session", "answer_sum", "request_sum"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    db.execute(f"UPDATE folded SET n = 0 WHERE part IN {PARTS!r}")  # noqa: S608


def days_out_of_step(db: sqlite3.Connection, days: Iterable[int]) -> list[int]:
    """Which of these days, the last first, have sums that their entries do not give. Empty,
    unless the file was tampered with."""
    upto, seen, wrong = folded(db, "days"), 0, []
    for day in days:
        kept = [(count, cost) for _, count, cost in db.execute(_KEPT, (day,))]
        counts = kept[0][0] if kept else 0
        if seen and seen + counts > CHECKED_ENTRIES:
            break
        seen += counts
        if not _is_in_step(db, (day, upto), kept, counted=seen <= COUNTED_ENTRIES):
            wrong.append(day)
    return sorted(wrong)


def _is_in_step(
    db: sqlite3.Connection, upto: tuple[int, int], kept: list[tuple[int, int]], *, counted: bool
) -> bool:
    """Whether the sums of a day are those of its entries up to a number."""
    if not kept or counted:
        booked = db.execute(_OF_ENTRIES, upto).fetchone()
        return kept == [booked] * KINDS_OF_EACH or not (kept or booked[0])
    (cost,) = db.execute(_COST_OF_ENTRIES, upto).fetchone()
    return [nano for _, nano in kept] == [cost] * KINDS_OF_EACH
