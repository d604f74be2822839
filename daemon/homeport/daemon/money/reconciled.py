"""Books what a provider charged in the place of what was estimated.

A provider tells sums of UTC days, of a model at best. What is certain of such a day is taken off
its sum; what is left is what its estimates came to, and is divided among them:

1. an attempt that may be charged on either of two days puts both together, and so on
2. an estimate that is of one model gets nothing of another's sum; a sum of all models counts where
   the estimates are of one
3. a sum below what is certain, or above what its attempts could cost at their worst, is not of
   these attempts alone, or not of this account: nothing is booked by it
4. each estimate is taken back by one entry, and what was charged is another, which is certain;
   the same sum again books nothing, and another one the difference
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

import msgspec

from homeport.client.units import money
from homeport.daemon.money import entries
from homeport.daemon.money.booked import day_name
from homeport.daemon.money.corrections import BILLED, CORRECTIONS, TAKEN_BACK, correction
from homeport.daemon.money.entries import CRASHED, Entry
from homeport.daemon.money.shares import shares
from homeport.daemon.money.windows import day_of

DAY_MS = 86_400_000
ALIKE_NANO = 100_000
"""A hundredth of a cent: attempts are rounded up here, and sums there."""
UNSEEN_MS = 600_000
"""A server may work on so long after an attempt was cut off."""
CRASHED_MS = 3_600_000
"""The longest that an attempt of which the end is unknown is taken to have lasted."""
AT_ONCE = 500

_OF = f"""
FROM entry WHERE provider = :provider AND (:model = '' OR model = :model)
AND day BETWEEN :first_day AND :last_day AND at_ms >= :since AND at_ms < :until
AND outcome NOT IN {CORRECTIONS!r}
AND NOT EXISTS (SELECT 1 FROM entry AS once WHERE once.id = entry.id || '.once')
"""  # noqa: S608 - names of outcomes
_CERTAIN = f"SELECT ifnull(sum(cost_nano), 0) {_OF} AND certain"
_ESTIMATES = f"SELECT id {_OF} AND NOT certain ORDER BY n"
_RUN_INTO = f"""
SELECT 1 {_OF} AND (cost_nano OR NOT certain) AND :until <= CASE
    WHEN outcome = '{CRASHED}' THEN at_ms + {CRASHED_MS}
    WHEN certain THEN ended_ms ELSE ended_ms + {UNSEEN_MS} END LIMIT 1
"""
_OPEN = """
SELECT 1 FROM reservation WHERE provider = :provider AND (:model = '' OR model = :model)
AND at_ms < :until LIMIT 1
"""
_BILLED = f"""
SELECT count(*), ifnull(sum(cost_nano), 0) FROM entry WHERE request = ? AND outcome = '{BILLED}'
AND substr(id, 1, length(?)) = ?
"""  # noqa: S608 - names of outcomes
_WITH_ESTIMATES = f"SELECT DISTINCT model, at_ms / {DAY_MS} {_OF} AND NOT certain ORDER BY 1, 2"
_MODELS = f"SELECT DISTINCT model {_OF}"


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What one provider charged."""

    provider: str
    model: str = ""
    """Empty where the sums are of all models together."""
    nano: Mapping[int, int]
    """By UTC day since 1970: whole days alone."""


class Reconciled(msgspec.Struct, kw_only=True):
    """What was booked of some days, or why nothing was."""

    first: int
    last: int
    model: str
    charged_nano: int = 0
    certain_nano: int = 0
    before_nano: int = 0
    """What the estimates stood at."""
    after_nano: int = 0
    attempts: int = 0
    entries: list[Entry] = msgspec.field(default_factory=list)
    sentence: str = ""
    """Why nothing was booked; empty where it was, or is."""


class Unmatched(Exception):
    """Sums and entries are not of the same attempts, as a sentence."""


def with_estimates(
    db: sqlite3.Connection, provider: str, first: int, last: int
) -> list[tuple[str, int]]:
    """Models and UTC days with an attempt that is not certain, billed or not."""
    return db.execute(_WITH_ESTIMATES, _bounds(provider, "", first, last)).fetchall()


def models_of(db: sqlite3.Connection, provider: str, first: int, last: int) -> list[str]:
    """Every model that was asked on some UTC days."""
    return [model for (model,) in db.execute(_MODELS, _bounds(provider, "", first, last))]


def reconcile(db: sqlite3.Connection, sums: Sums, day: int, now_ms: int) -> Reconciled:
    """Book what was charged on a UTC day, and on those that cannot be told from it."""
    found = Reconciled(first=day, last=day, model=sums.model)
    try:
        _put_days_together(db, sums, found)
        made = _corrections(db, sums, found, now_ms)
    except Unmatched as why:
        found.sentence = str(why)
        return found
    for start in range(0, len(made), AT_ONCE):
        found.entries += entries.insert_entries(db, made[start : start + AT_ONCE])
    return found


def _put_days_together(db: sqlite3.Connection, sums: Sums, found: Reconciled) -> None:
    while _day_is_known(sums, found.first) and _run_into(db, sums, found.first):
        found.first -= 1
    while _day_is_known(sums, found.last) and _run_into(db, sums, found.last + 1):
        found.last += 1
    if db.execute(_OPEN, _bounds_of(sums, found)).fetchone():
        raise Unmatched("An attempt of that time has not ended.")


def _day_is_known(sums: Sums, day: int) -> bool:
    if day not in sums.nano:
        of = f"charge of {sums.model}" if sums.model else "charge"
        raise Unmatched(f"No {of} is told of the whole of {day_name(day)}.")
    return True


def _run_into(db: sqlite3.Connection, sums: Sums, day: int) -> bool:
    """Whether an attempt of the two days before may be charged on this one."""
    bounds = _bounds(sums.provider, sums.model, day - 2, day - 1)
    return db.execute(_RUN_INTO, bounds).fetchone() is not None


def _corrections(db: sqlite3.Connection, sums: Sums, found: Reconciled, now_ms: int) -> list[Entry]:
    bounds = _bounds_of(sums, found)
    rows = [row for (row,) in db.execute(_ESTIMATES, bounds)]
    estimates = [entry for row in rows if (entry := entries.find_entry(db, row)) is not None]
    found.attempts = len(estimates)
    found.charged_nano = sum(sums.nano[day] for day in range(found.first, found.last + 1))
    found.certain_nano = db.execute(_CERTAIN, bounds).fetchone()[0]
    bounded = [(one.cost_nano, max(one.cost_nano, one.worst_nano)) for one in estimates]
    left = _left(sums, found, estimates, sum(most for _, most in bounded))
    made: list[Entry] = []
    for estimate, part in zip(estimates, shares(left, bounded), strict=True):
        made += _billed(db, estimate, part, found, now_ms)
    found.after_nano = left
    return made


def _left(sums: Sums, found: Reconciled, estimates: Iterable[Entry], most: int) -> int:
    """Of what was charged, what the estimates came to."""
    models = sorted({one.model for one in estimates})
    if len(models) > 1:
        raise Unmatched(
            f"What was charged is told of all models together, and the estimates are of "
            f"{', '.join(models)}; an export by model tells them apart."
        )
    left, certain = found.charged_nano - found.certain_nano, found.certain_nano
    if left < -ALIKE_NANO:
        raise Unmatched(
            f"{sums.provider} charged {money(found.charged_nano)}, less than the {money(certain)} "
            "that are certain: that is another account, or these are other prices."
        )
    if left > most + ALIKE_NANO:
        raise Unmatched(
            f"{sums.provider} charged {money(left)} beside what is certain, and the estimates "
            f"could come to {money(most)} at most: others ask with the same account."
        )
    return min(max(left, 0), most)


def _billed(
    db: sqlite3.Connection, estimate: Entry, part: int, found: Reconciled, now_ms: int
) -> list[Entry]:
    """What brings one estimate to its part of what was charged."""
    name = f"{estimate.id}.{BILLED}."
    times, stands = db.execute(_BILLED, (estimate.request, name, name)).fetchone()
    found.before_nano += stands if times else estimate.cost_nano
    if times and stands == part:
        return []
    billed = correction(estimate, f"{BILLED}.{times + 1}", BILLED, part - stands, now_ms)
    until = f" to {day_name(found.last)}" if found.last > found.first else ""
    billed = msgspec.structs.replace(
        billed,
        certain=True,
        charged_nano=part - stands,
        price_source=f"{estimate.provider} charged {found.charged_nano} nano-dollars{until}",
        price_date=day_name(found.first),
    )
    if times:
        return [billed]
    return [correction(estimate, "back", TAKEN_BACK, -estimate.cost_nano, now_ms), billed]


def _bounds_of(sums: Sums, found: Reconciled) -> dict[str, object]:
    return _bounds(sums.provider, sums.model, found.first, found.last)


def _bounds(provider: str, model: str, first: int, last: int) -> dict[str, object]:
    """Of UTC days, both with them. A local day begins within a day of one."""
    since, until = first * DAY_MS, (last + 1) * DAY_MS
    return {
        "provider": provider,
        "model": model,
        "since": since,
        "until": until,
        "first_day": day_of(since - DAY_MS),
        "last_day": day_of(until + DAY_MS),
    }
