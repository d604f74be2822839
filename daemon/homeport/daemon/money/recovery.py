"""Puts entries in the place of their reservations; at a start, what a dead daemon left too."""

from __future__ import annotations

import logging
import sqlite3

from homeport.daemon.money import entries
from homeport.daemon.money.entries import CRASHED, Entry, Settlement
from homeport.daemon.money.folding import begin_again, days_out_of_step, entries_behind
from homeport.daemon.money.windows import day_of

log = logging.getLogger(__name__)

CHECKED_DAYS = 7
"""How far back the sums are compared with their entries at the start."""
DAY_MS = 86_400_000


def book(db: sqlite3.Connection, ended: list[Entry], written: list[tuple[str]]) -> None:
    """`written` are those that have a row as a reservation."""
    entries.delete_reservations(db, written)
    if ended:
        entries.insert_entries(db, ended)


def recover(db: sqlite3.Connection, now_ms: int) -> tuple[int, int]:
    """Settle what was left reserved, and check the sums; how many were left over, and how many
    entries are not summed."""
    left_over = entries.left_over(db)
    for reservation, day, opens_request in left_over:
        end = Settlement(
            id=reservation.id, usage=None, cost_nano=None, outcome=CRASHED, ended_ms=now_ms
        )
        entry = entries.entry_of(reservation, end, day=day, opens_request=opens_request)
        book(db, [entry], [(entry.id,)])
    days = [day_of(now_ms - before * DAY_MS) for before in range(CHECKED_DAYS)]
    if wrong := days_out_of_step(db, days):
        log.error("the sums of %s did not agree with their entries; all are summed again", wrong)
        begin_again(db)
    return len(left_over), entries_behind(db)
