"""One prompt in the outbox: what is known of it, what was asked, and what was answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeport.client.wire import OutboxItem, OutboxState
from homeport.daemon.storage.outbox import Row

When = Literal["online", "off-peak"]

CHANGED_ON_DISK = (
    "This item was changed on disk, so it is not sent and its answer is not to be trusted:"
    " drop it, and ask again."
)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one, without its texts."""

    id: str
    state: OutboxState = "queued"
    at_ms: int
    since_ms: int
    """When it came into this state."""
    from_ms: int
    """Since when it waits to be sent: when it was put here, or the person had it sent again."""
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    client: str = ""
    model: str = ""
    private: bool = False
    when: When = "online"
    batch: str = ""
    custom_id: str = ""
    tries: int = 0
    next_ms: int = 0
    sentence: str = ""
    decision: str = ""
    answered_by: str = ""
    status: int = 0
    cost_nano: int | None = None
    read_ms: int | None = None
    asks_cache: bool = False
    """Its caller wants an answer that is kept, whatever the config says."""
    key: str = ""
    """By which the server that it left for knows it again; empty where it knows no keys."""
    keyed_ms: int = 0
    """When it left with that key for the first time."""
    pinned: str = ""
    """The model that may have answered it, and is asked again with the same key."""
    unsettled: tuple[str, ...] = ()
    """Requests of earlier sendings with that key, of which nobody knows what became."""
    asks_home: bool = False
    """Nobody knows yet whether a model at home may answer it: it need not wait for the link."""


class Kept(msgspec.Struct, frozen=True):
    """An item as it is in the file, with its texts."""

    item: Item
    body: bytes
    """As it came, without what asked to keep it."""
    answer: bytes = b""
    """As its door gives it."""
    n: int = 0
    intact: bool = True


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Item).decode


def row_of(kept: Kept) -> Row:
    """As it is written down."""
    item = kept.item
    return Row(
        kept.n, item.id, item.batch, item.custom_id, _encode(item), kept.body, kept.answer
    )  # fmt: skip


def kept_of(row: Row) -> Kept:
    """As it was read; what was changed on disk has failed, whatever it says."""
    try:
        item = _decode(row.head)
    except msgspec.MsgspecError:
        item = Item(id=row.id, at_ms=0, since_ms=0, from_ms=0, path="")
        return Kept(_changed(item, row), row.body, row.answer, row.n, intact=False)
    if row.is_intact:
        return Kept(item, row.body, row.answer, row.n)
    return Kept(_changed(item, row), row.body, row.answer, row.n, intact=False)


def head_of(row: Row) -> Item:
    """Of a row that came without its texts."""
    try:
        item = _decode(row.head)
    except msgspec.MsgspecError:
        return _changed(Item(id=row.id, at_ms=0, since_ms=0, from_ms=0, path=""), row)
    return item if row.checksum else _changed(item, row)


def _changed(item: Item, row: Row) -> Item:
    return msgspec.structs.replace(
        item,
        id=row.id,
        batch=row.batch,
        custom_id=row.custom_id,
        state="failed",
        sentence=CHANGED_ON_DISK,
    )


def view_of(item: Item, size: int = 0) -> OutboxItem:
    """As watchers see it."""
    shown = msgspec.convert(item, OutboxItem, from_attributes=True)
    return msgspec.structs.replace(shown, bytes=size)
