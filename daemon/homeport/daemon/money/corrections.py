"""Entries that correct others: what is booked is never changed.

Each stands on the day and under the labels of the one that it corrects, and opens no request.
"""

from __future__ import annotations

import msgspec

from homeport.adapters.base import Usage
from homeport.daemon.money.entries import Entry

CHARGED_ONCE = "charged_once"
"""Outcome of an entry that takes another one back: its server charged several as one."""
TAKEN_BACK = "estimate_back"
"""Outcome of an entry that takes back an estimate, beside which stands what was charged."""
BILLED = "billed"
"""Outcome of an entry of what a provider's own figures say; a later one holds the difference."""
CORRECTIONS = (CHARGED_ONCE, TAKEN_BACK, BILLED)


def correction(entry: Entry, name: str, outcome: str, cost_nano: int, now_ms: int) -> Entry:
    """Of an entry, with so much beside its cost; `name` is added to its id."""
    return msgspec.structs.replace(
        entry,
        id=f"{entry.id}.{name}",
        opens_request=False,
        worst_nano=0,
        ended_ms=now_ms,
        outcome=outcome,
        cost_nano=cost_nano,
        usage=Usage(input=0, output=0, certain=entry.usage.certain),
        listed_nano=None,
        charged_nano=None,
        energy_mj=None,
        energy_nano=None,
        energy_certain=None,
    )
