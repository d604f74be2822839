"""Takes back what was booked for sendings that their server charged as one.

A server that knows a request again by its key works on it once, however often it comes. What was
booked for the sendings that were cut off is right until it is known what became of them; from
then on what the answer cost is all. Nothing that is booked is changed: each of these entries gets
one of its own that takes it back, on its own day, once and for all. Where the provider's own
figures have taken its place, it stands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from homeport.daemon.money import entries
from homeport.daemon.money.corrections import CHARGED_ONCE, CORRECTIONS, correction
from homeport.daemon.money.entries import Entry

_FOUND = f"""
SELECT id FROM entry WHERE request = ? AND model = ? AND cost_nano > 0
AND outcome NOT IN {CORRECTIONS!r}
AND NOT EXISTS (SELECT 1 FROM entry AS billed WHERE billed.id = entry.id || '.billed.1')
"""  # noqa: S608 - names of outcomes


def take_back(
    db: sqlite3.Connection, requests: Sequence[str], model: str, now_ms: int
) -> list[Entry]:
    """Book it; gives what was booked here and now, nothing where it was before."""
    taken = []
    for request in requests:
        for (entry_id,) in db.execute(_FOUND, (request, model)).fetchall():
            entry = entries.find_entry(db, entry_id)
            if entry is not None:
                taken.append(correction(entry, "once", CHARGED_ONCE, -entry.cost_nano, now_ms))
    return entries.insert_entries(db, taken) if taken else []
