"""From state to state: what may become of an item. Pure.

    queued ──leaves──▶ sending ──answered──▶ answered ──read
      │  ▲                │ ├────failed────▶ failed
      │  └──waits, asks───┘ └────cut off───▶ uncertain
      │     again                               │
      ├──answered, failed                       │
      └──cancelled ◀── sending          failed, uncertain, cancelled ──again──▶ queued

`sending` is on disk before a byte leaves this machine; what a daemon that died left
there has become `uncertain`, and is never sent again but by the person's word.
"""

from __future__ import annotations

from typing import Final

import msgspec

from homeport.client.wire import OutboxState
from homeport.daemon.outbox.item import Item, Kept
from homeport.policies.errors import BadRequest

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
READ_KEPT_MS: Final = HOUR_MS
"""An answer that was read stays for so long, for a reader whose connection broke."""
LINES_KEPT_MS: Final = 90 * DAY_MS
"""That a line of a file was answered is known for so long, so that it is not asked again."""
CANCELLED_KEPT_MS: Final = 7 * DAY_MS
LONGEST_WAIT_MS: Final = HOUR_MS
"""Between two tries; a moment that is further off was written by another clock."""

KEYS_KEPT_MS: Final = 20 * HOUR_MS
"""Who knows requests by keys remembers them for a day; not asked again is what is older."""

CUT_OFF = "It left, and whether it was answered is not known"
STILL: Final = frozenset({"queued", "sending"})
OVER: Final = frozenset({"failed", "uncertain", "cancelled"})


class WrongState(BadRequest):
    """The item stands so that this cannot be done to it."""

    code, status = "wrong_state", 409


def leaves(kept: Kept, decision: str, model: str, now_ms: int, key: str = "") -> Kept:
    """A byte of it is about to leave, with the key by which its server knows it again."""
    _must_be(kept.item, STILL, "sent")
    known: dict[str, object] = {"decision": decision, "answered_by": model, "sentence": ""}
    if not kept.item.pinned:
        known |= {"key": key, "keyed_ms": now_ms if key else 0, "unsettled": ()}
    return _now(kept, "sending", now_ms, **known)


def answered(kept: Kept, answer: bytes, now_ms: int, **fields: object) -> Kept:
    """The answer is whole; `fields` is what is known of it."""
    _must_be(kept.item, STILL, "answered")
    cleared = {"sentence": "", "pinned": "", "unsettled": ()}
    moved = _now(kept, "answered", now_ms, **{**cleared, **fields})
    return msgspec.structs.replace(moved, answer=answer)


def failed(kept: Kept, answer: bytes, now_ms: int, **fields: object) -> Kept:
    """There will be no answer but an error, unless the person has it sent again."""
    _must_be(kept.item, STILL, "given up")
    moved = _now(kept, "failed", now_ms, **fields)
    return msgspec.structs.replace(moved, answer=answer)


def waits(kept: Kept, sentence: str, next_ms: int, now_ms: int) -> Kept:
    """It was tried, nothing of it is anywhere, and it is tried again."""
    _must_be(kept.item, STILL, "tried again")
    tries = kept.item.tries + 1
    return _now(kept, "queued", now_ms, sentence=sentence, next_ms=next_ms, tries=tries)


def asks_again(
    kept: Kept, sentence: str, next_ms: int, now_ms: int, cost_nano: int | None = None
) -> Kept:
    """It left, nobody knows what became of it, and its server does: it is asked again with the
    same key, as long as that is remembered there."""
    item = kept.item
    if not item.key or not is_remembered(item, now_ms):
        return cut_off(kept, sentence, now_ms, cost_nano)
    moved = waits(kept, sentence, next_ms, now_ms)
    return msgspec.structs.replace(moved, item=_pinned(moved.item))


def _pinned(item: Item) -> Item:
    """To the model that it left for last, whose server knows that sending again."""
    unsettled = dict.fromkeys((*item.unsettled, item.decision))
    return msgspec.structs.replace(
        item,
        pinned=item.pinned or item.answered_by,
        unsettled=tuple(filter(None, unsettled)),
    )


def too_late(kept: Kept, now_ms: int) -> Kept:
    """Its server knows it no more: the person is asked."""
    sentence = f"{CUT_OFF}; the server that knew does not remember it any longer."
    return cut_off(kept, sentence, now_ms, kept.item.cost_nano)


def is_remembered(item: Item, now_ms: int) -> bool:
    """Its server still knows the key that it left with."""
    return 0 <= now_ms - item.keyed_ms < KEYS_KEPT_MS


def needs_the_link(kept: Kept, sentence: str) -> Kept:
    """No model at home may answer it: it waits for the link."""
    _must_be(kept.item, frozenset({"queued"}), "kept waiting")
    item = msgspec.structs.replace(kept.item, asks_home=False, sentence=sentence)
    return msgspec.structs.replace(kept, item=item)


def cut_off(kept: Kept, sentence: str, now_ms: int, cost_nano: int | None) -> Kept:
    """It left, and nobody knows what became of it: the person is asked."""
    _must_be(kept.item, STILL if kept.item.pinned else frozenset({"sending"}), "uncertain")
    return _now(kept, "uncertain", now_ms, sentence=sentence, cost_nano=cost_nano)


def cancelled(kept: Kept, now_ms: int) -> Kept:
    """The person does not want it any more."""
    _must_be(kept.item, STILL, "cancelled")
    is_out = kept.item.state == "sending" or kept.item.pinned
    sentence = f"{CUT_OFF}." if is_out else ""
    return _now(kept, "cancelled", now_ms, sentence=sentence)


def again(kept: Kept, now_ms: int) -> Kept:
    """The person has it sent again, whatever became of it the last time."""
    _must_be(kept.item, OVER, "sent again")
    if not kept.intact:
        raise WrongState(kept.item.sentence)
    if not kept.body:
        raise WrongState("What was asked is forgotten: ask again.")
    item = kept.item
    known = bool(item.key) and item.state == "uncertain" and is_remembered(item, now_ms)
    moved = _now(kept, "queued", now_ms, from_ms=now_ms, tries=0, next_ms=0, sentence="", status=0)
    unpinned = msgspec.structs.replace(moved.item, pinned="", unsettled=())
    again = _pinned(moved.item) if known else unpinned
    return msgspec.structs.replace(moved, item=again, answer=b"")


def read(kept: Kept, now_ms: int) -> Kept:
    """Its answer was read."""
    _must_be(kept.item, frozenset({"answered"}), "read")
    if kept.item.read_ms is not None:
        return kept
    return msgspec.structs.replace(kept, item=msgspec.structs.replace(kept.item, read_ms=now_ms))


def forgotten(kept: Kept) -> Kept:
    """Without its texts: that it was answered is all that is known."""
    return msgspec.structs.replace(kept, body=b"", answer=b"")


def is_expired(item: Item, days: float, now_ms: int) -> bool:
    """It waited for too long."""
    return item.state == "queued" and now_ms - item.from_ms > days * DAY_MS


def is_due(item: Item, now_ms: int) -> bool:
    """It may be tried now."""
    return item.state == "queued" and not 0 < item.next_ms - now_ms <= LONGEST_WAIT_MS


def is_read_long_ago(item: Item, now_ms: int) -> bool:
    """Nobody will read its answer again."""
    return item.read_ms is not None and now_ms - item.read_ms > READ_KEPT_MS


def is_past(item: Item, now_ms: int) -> bool:
    """Nothing of it need be known any more."""
    if item.state == "cancelled":
        return now_ms - item.since_ms > CANCELLED_KEPT_MS
    if not is_read_long_ago(item, now_ms):
        return False
    return not item.batch or now_ms - (item.read_ms or 0) > LINES_KEPT_MS


def _must_be(item: Item, states: frozenset[str], what: str) -> None:
    if item.state not in states:
        raise WrongState(f"The item {item.id} is {item.state}: it cannot be {what}.")


def _now(kept: Kept, state: OutboxState, now_ms: int, **fields: object) -> Kept:
    item = msgspec.structs.replace(kept.item, state=state, since_ms=now_ms, **fields)
    return msgspec.structs.replace(kept, item=item)
