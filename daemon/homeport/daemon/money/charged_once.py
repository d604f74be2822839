"""Takes back what was booked for sendings that their server charged as one.

A server that knows a request again by its key works on it once, however often it comes. What was
booked for the sendings that were cut off is right until it is known what became of them; from
then on what the answer cost is all. Nothing that is booked is changed: each of these entries gets
one of its own that takes it back, on its own day, once and for all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from homeport.adapters.base import Usage
from homeport.daemon.money import entries
from homeport.daemon.money.entries import Entry

CHARGED_ONCE = "charged_once"
"""Outcome of an entry that takes another one back."""
_FOUND = "SELECT id FROM entry WHERE request = ? AND model = ? AND outcome != ? AND cost_nano > 0"


def take_back(
    db: sqlite3.Connection, requests: Sequence[str], model: str, now_ms: int
) -> list[Entry]:
    """Book it; gives what was booked here and now, nothing where it was before."""
    taken = []
    for request in requests:
        for (entry_id,) in db.execute(_FOUND, (request, model, CHARGED_ONCE)).fetchall():
            entry = entries.find_entry(db, entry_id)
            if entry is not None:
                taken.append(_against(entry, now_ms))
    return entries.insert_entries(db, taken) if taken else []


def _against(entry: Entry, now_ms: int) -> Entry:
    return msgspec.structs.replace(
        entry,
        id=f"{entry.id}.once",
        opens_request=False,
        worst_nano=0,
        ended_ms=now_ms,
        outcome=CHARGED_ONCE,
        cost_nano=-entry.cost_nano,
        usage=Usage(input=0, output=0, certain=entry.usage.certain),
        listed_nano=None,
        charged_nano=None,
        energy_mj=None,
        energy_nano=None,
        energy_certain=None,
    )
