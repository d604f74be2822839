"""What the ledger writes down: a reservation before a byte is sent, an entry after.

The values and their rows. Holds no text of a prompt. Money is an integer of
nano-dollars; a number of tokens that nobody reported is None, never 0.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from homeport.adapters.base import Usage
from homeport.daemon.storage.rows import insert
from homeport.policies.model import Place

MOST_NANO = 10**15
"""A million dollars: no attempt costs more, so a larger number is taken for garbage."""
MOST_TOKENS = 10**12
TOKEN_CLASSES = (
    "input",
    "cache_read",
    "cache_write",
    "output",
    "reasoning",
    "input_audio",
    "output_audio",
    "cache_write_1h",
    "cache_read_audio",
)
_by_class = attrgetter(*TOKEN_CLASSES)
CRASHED = "crashed"
"""Outcome of an attempt that the daemon did not live to settle."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt may cost at worst. The caller makes the id."""

    id: str
    request: str
    model: str
    provider: str
    place: Place
    worst_nano: int
    price_source: str = ""
    price_date: str = ""
    client: str = ""
    session: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    policy: str = ""
    """Name of the policy that the prompt was decided under."""
    at_ms: int


Terms = tuple[tuple[str, str], ...]
"""What changes a price, such as `service_tier`, by name."""


class ByTerms(msgspec.Struct, frozen=True):
    """By which terms an attempt is charged, and the row of their price."""

    terms: Terms
    price_source: str
    price_date: str


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended. A cost of None books the reserved worst case, as an estimate."""

    id: str
    usage: Usage | None
    cost_nano: int | None
    outcome: str
    ended_ms: int
    listed_nano: int | None = None
    """What the price table makes of the usage; None where it has no answer."""
    charged_nano: int | None = None
    """What the provider itself says it charged; None where it says nothing."""
    certain: bool | None = None
    """Whether the cost is; None leaves it to the usage."""
    by_terms: ByTerms | None = None
    """Where terms made another price than that of the reservation."""
    energy_mj: int | None = None
    """Millijoules that an answer at home took; None is not measured."""
    energy_nano: int | None = None
    """Their price: a figure of its own, in no budget."""
    energy_certain: bool | None = None
    """Measured, and not estimated."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt that has ended, and what it cost."""

    id: str
    request: str
    opens_request: bool
    """The first attempt of its request: requests are counted by it."""
    model: str
    provider: str
    place: Place
    client: str
    session: str
    tags: tuple[str, ...]
    task: str
    policy: str
    at_ms: int
    day: int
    """Local date at the reservation, as yyyymmdd: the windows it counts in."""
    worst_nano: int
    price_source: str
    price_date: str
    ended_ms: int
    outcome: str
    cost_nano: int
    certain: bool
    """False where the cost is an estimate, to be reconciled."""
    usage: Usage
    terms: Terms = ()
    """By which its price was found; without them it is that of the reservation."""
    listed_nano: int | None = None
    charged_nano: int | None = None
    energy_mj: int | None = None
    energy_nano: int | None = None
    energy_certain: bool | None = None

    @property
    def answered(self) -> bool:
        """A whole answer came of it."""
        return self.outcome == "done"


def entry_of(
    reservation: Reservation, settlement: Settlement, *, day: int, opens_request: bool
) -> Entry:
    """What is booked for an attempt.

    1. a cost that the provider stated, or its own numbers gave, is certain
    2. a cost that was counted or estimated here is booked, as an estimate
    3. where nothing is known the worst case is booked, as an estimate
    4. what cannot cost anything is certain
    """
    usage = _sane(settlement.usage or Usage(certain=False))
    cost, certain = settlement.cost_nano, settlement.usage is None or usage.certain
    if settlement.certain is not None:
        certain = settlement.certain
    if cost is None or not 0 <= cost <= MOST_NANO:
        cost, certain = reservation.worst_nano, False
    certain = certain or (cost == reservation.worst_nano == 0 and _priced(reservation))
    priced = settlement.by_terms or reservation
    return Entry(
        id=reservation.id,
        request=reservation.request,
        model=reservation.model,
        provider=reservation.provider,
        place=reservation.place,
        client=reservation.client,
        session=reservation.session,
        tags=reservation.tags,
        task=reservation.task,
        policy=reservation.policy,
        at_ms=reservation.at_ms,
        worst_nano=reservation.worst_nano,
        price_source=priced.price_source,
        price_date=priced.price_date,
        day=day,
        opens_request=opens_request,
        ended_ms=settlement.ended_ms,
        outcome=settlement.outcome,
        cost_nano=cost,
        certain=certain,
        usage=usage,
        terms=() if settlement.by_terms is None else settlement.by_terms.terms,
        listed_nano=settlement.listed_nano,
        charged_nano=settlement.charged_nano,
        energy_mj=settlement.energy_mj,
        energy_nano=settlement.energy_nano,
        energy_certain=settlement.energy_certain,
    )


def _priced(reservation: Reservation) -> bool:
    """Whether its worst case is known: in the cloud, nothing without a price is free."""
    return reservation.place != "cloud" or reservation.price_source != ""


def _sane(usage: Usage) -> Usage:
    """Without the numbers that no answer can have: they are unknown."""
    counts = _by_class(usage)
    if not [count for count in counts if count and not 0 < count <= MOST_TOKENS]:
        return usage
    counted = dict(zip(TOKEN_CLASSES, counts, strict=True))
    garbage: dict[str, int | bool | None] = {
        name: None for name, count in counted.items() if count and not 0 < count <= MOST_TOKENS
    }
    return msgspec.structs.replace(usage, **garbage | {"certain": False})


_SHARED = (
    "id, request, opens_request, model, provider, place, client, session, tags, at_ms, day, "
    "worst_nano, price_source, price_date, task, policy"
)
_ENTRY = (
    f"{_SHARED}, ended_ms, outcome, cost_nano, certain, input_tokens, cache_read_tokens, "
    "cache_write_tokens, output_tokens, reasoning_tokens, input_audio_tokens, "
    "output_audio_tokens, tokens_certain, cache_write_1h_tokens, cache_read_audio_tokens, "
    "listed_nano, charged_nano, energy_mj, energy_nano, energy_certain, searches, terms"
)
_INSERT_RESERVATION = f"INSERT INTO reservation ({_SHARED}) VALUES ({', '.join('?' * 16)})"  # noqa: S608
_BESIDE_TOKENS = {"certain": "tokens_certain", "searches": "searches"}
"""What else a usage is made of, and the columns of it."""
_INSERT_ENTRY = f"INSERT INTO entry ({_ENTRY})"
_SELECT_ENTRY = f"SELECT {_ENTRY} FROM entry WHERE id = ?"  # noqa: S608
_SELECT_RESERVATIONS = f"SELECT {_SHARED} FROM reservation ORDER BY id"  # noqa: S608


def tags_text(tags: tuple[str, ...]) -> str:
    """Tags as they are kept: sorted, without repeats, JSON."""
    return msgspec.json.encode(sorted(set(tags))).decode() if tags else "[]"


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as `tags_text` kept them."""
    return tuple(msgspec.json.decode(text, type=list[str])) if text != "[]" else ()


def _shared_row(of: Reservation | Entry, day: int, opens_request: bool) -> tuple[object, ...]:
    # Numbers and not truth values, which SQLite's module would ask how to adapt.
    return (
        of.id,
        of.request,
        int(opens_request),
        of.model,
        of.provider,
        of.place,
        of.client,
        of.session,
        tags_text(of.tags),
        of.at_ms,
        day,
        of.worst_nano,
        of.price_source,
        of.price_date,
        of.task,
        of.policy,
    )


def insert_reservation(
    db: sqlite3.Connection, reservation: Reservation, day: int, opens_request: bool
) -> None:
    """Write a reservation down. Raises `sqlite3.IntegrityError` where its id is in use."""
    db.execute(_INSERT_RESERVATION, _shared_row(reservation, day, opens_request))


def delete_reservations(db: sqlite3.Connection, ids: Sequence[tuple[str]]) -> None:
    """Let reservations go; nothing happens where there are none."""
    if ids:
        db.executemany("DELETE FROM reservation WHERE id = ?", ids)


def left_over(db: sqlite3.Connection) -> list[tuple[Reservation, int, bool]]:
    """Every reservation that is not settled, with its day and whether it opens its request."""
    return [_reservation_of(row) for row in db.execute(_SELECT_RESERVATIONS)]


def _reservation_of(row: tuple[Any, ...]) -> tuple[Reservation, int, bool]:
    fields = _fields(_SHARED, row)
    return msgspec.convert(fields, Reservation), fields["day"], bool(fields["opens_request"])


def insert_entries(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[Entry]:
    """Write entries down; gives those whose attempt has not been settled before."""
    found = db.execute(_known(len(entries)), [entry.id for entry in entries]).fetchall()
    known = {row[0] for row in found}
    fresh = {entry.id: entry for entry in entries if entry.id not in known}
    insert(db, _INSERT_ENTRY, [_entry_row(entry) for entry in fresh.values()])
    return [*fresh.values()]


@lru_cache(maxsize=64)
def _known(count: int) -> str:
    return f"SELECT id FROM entry WHERE id IN ({', '.join('?' * count)})"  # noqa: S608


def _entry_row(entry: Entry) -> tuple[object, ...]:
    usage = entry.usage
    return (
        *_shared_row(entry, entry.day, entry.opens_request),
        entry.ended_ms,
        entry.outcome,
        entry.cost_nano,
        int(entry.certain),
        usage.input,
        usage.cache_read,
        usage.cache_write,
        usage.output,
        usage.reasoning,
        usage.input_audio,
        usage.output_audio,
        int(usage.certain),
        usage.cache_write_1h,
        usage.cache_read_audio,
        entry.listed_nano,
        entry.charged_nano,
        entry.energy_mj,
        entry.energy_nano,
        None if entry.energy_certain is None else int(entry.energy_certain),
        usage.searches,
        _terms_text(entry.terms) if entry.terms else None,
    )


def _terms_text(terms: Terms) -> str:
    return msgspec.json.encode(dict(sorted(terms))).decode()


def _terms_of(text: str | None) -> Terms:
    return tuple(msgspec.json.decode(text, type=dict[str, str]).items()) if text else ()


def find_entry(db: sqlite3.Connection, entry_id: str) -> Entry | None:
    """The entry of one attempt."""
    row = db.execute(_SELECT_ENTRY, (entry_id,)).fetchone()
    if row is None:
        return None
    fields = _fields(_ENTRY, row)
    tokens = {name: fields.pop(f"{name}_tokens") for name in TOKEN_CLASSES}
    usage = tokens | {name: fields.pop(of) for name, of in _BESIDE_TOKENS.items()}
    fields |= {"usage": usage, "terms": _terms_of(fields["terms"])}
    return msgspec.convert(fields, Entry, strict=False)


def _fields(columns: str, row: tuple[Any, ...]) -> dict[str, Any]:
    fields = dict(zip(columns.split(", "), row, strict=True))
    return fields | {"tags": tags_of(fields["tags"])}
