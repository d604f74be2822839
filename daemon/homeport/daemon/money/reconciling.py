"""Holds what a provider charged against the books, and has it booked where that can be told."""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from homeport.client.wire import ChargedDay, ReconciledDays, ReconciledReport
from homeport.daemon.money.booked import booked, day_name, day_number
from homeport.daemon.money.entries import Entry
from homeport.daemon.money.ledger import Ledger
from homeport.daemon.money.reconciled import (
    ALIKE_NANO,
    DAY_MS,
    Reconciled,
    Sums,
    models_of,
    reconcile,
    with_estimates,
)
from homeport.daemon.storage.database import Database

COUNTED_MS = 24 * 3_600_000
"""So long after a UTC day its provider may still count it."""
NOT_OURS = "Nothing that is certain stands beside it by which this account would be known."
_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")
"""What names one version of a model."""


class Charges(msgspec.Struct, frozen=True):
    """What one provider charged, by UTC day since 1970."""

    provider: str
    totals: dict[int, int]
    by_model: dict[str, dict[int, int]]
    """Under our names, where every charge is told by model."""

    def sums(self, model: str) -> Sums:
        """Those that estimates of a model are judged by."""
        if model not in self.by_model:
            return Sums(provider=self.provider, nano=self.totals)
        return Sums(provider=self.provider, model=model, nano=self.by_model[model])


def charges_of(
    provider: str, told: Iterable[ChargedDay], models: Sequence[str], now_ms: int
) -> Charges:
    """Of whole days; `models` are ours. Raises `ValueError` for what is no date."""
    numbered = [(day_number(datetime.date.fromisoformat(one.day)), one) for one in told]
    whole = [one for one in numbered if (one[0] + 1) * DAY_MS + COUNTED_MS <= now_ms]
    totals: dict[int, int] = defaultdict(int)
    for day, one in whole:
        totals[day] += one.nano
    by_model: dict[str, dict[int, int]] = {}
    if any(one.nano and not one.model for _, one in whole):
        return Charges(provider, totals, by_model)
    for day, one in whole:
        for model in _ours(one.model, models):
            sums = by_model.setdefault(model, {day: 0 for day, nano in totals.items() if not nano})
            sums[day] = sums.get(day, 0) + one.nano
    return Charges(provider, totals, by_model)


def _ours(name: str, models: Sequence[str]) -> list[str]:
    """The model of ours that a provider's name is of; none where it may be of several."""
    alike = [model for model in models if _is_alike(_plain(name), _plain(model.partition("/")[2]))]
    return alike if len(alike) == 1 else []


def _plain(name: str) -> str:
    """Some exports hold a model's name as people write it."""
    return re.sub("[ .]", "-", name.lower())


def _is_alike(name: str, other: str) -> bool:
    """One of them may name the version that the other stands for."""
    bare, other_bare = _DATED.sub("", name), _DATED.sub("", other)
    return name == other or (bare == other_bare and bare in (name, other))


async def reconciled(
    ledger: Ledger, db: Database, provider: str, told: Sequence[ChargedDay], now_ms: int
) -> ReconciledReport:
    """Book what can be told of these days. Raises `ValueError` for what is no date."""
    days = sorted(day_number(datetime.date.fromisoformat(one.day)) for one in told)
    if not days:
        return ReconciledReport(provider, ())
    within: Any = {"provider": provider, "first": days[0], "last": days[-1]}
    await db.flush()
    models = await db.read(partial(models_of, **within))
    charges = charges_of(provider, told, models, now_ms)
    is_known = await db.read(partial(_is_known, charges=charges))
    found: list[Reconciled] = []
    for model, day in await db.read(partial(with_estimates, **within)):
        sums = charges.sums(model)
        if not any(one.model == sums.model and one.first <= day <= one.last for one in found):
            found.append(await _reconciled(ledger, sums, day, now_ms, is_known=is_known))
    return ReconciledReport(provider, tuple(_told(found)))


def _is_known(db: sqlite3.Connection, charges: Charges) -> bool:
    """Whether a day's charge holds what is certain of it: so it is this account's."""
    if not charges.totals:
        return True  # there is nothing to be booked by
    first, last = min(charges.totals), max(charges.totals)
    dates = [datetime.date.fromisoformat(day_name(day)) for day in (first, last)]
    for one in booked(db, charges.provider, dates[0], dates[1]):
        charged = charges.totals.get(day_number(datetime.date.fromisoformat(one.day)))
        certain = one.cost_nano - one.estimated_nano
        if charged is not None and 0 < certain <= charged + ALIKE_NANO:
            return True
    return False


async def _reconciled(
    ledger: Ledger, sums: Sums, day: int, now_ms: int, *, is_known: bool
) -> Reconciled:
    found = Reconciled(first=day, last=day, model=sums.model, sentence=NOT_OURS)
    if not is_known:
        return found

    def booking(db: sqlite3.Connection) -> list[Entry]:
        nonlocal found
        found = reconcile(db, sums, day, now_ms)
        return found.entries

    await ledger.correct(booking)
    return found


def _told(found: Iterable[Reconciled]) -> Iterator[ReconciledDays]:
    for one in sorted(found, key=lambda one: (one.first, one.model)):
        yield ReconciledDays(
            since=day_name(one.first),
            until=day_name(one.last),
            model=one.model,
            charged_nano=one.charged_nano,
            certain_nano=one.certain_nano,
            before_nano=one.before_nano,
            after_nano=one.after_nano,
            attempts=one.attempts,
            booked=len(one.entries),
            sentence=one.sentence,
        )
