"""From state to state: what may become of an item. Pure.

    queued ──leaves──▶ sending ──answered──▶ answered ──read
      │  ▲                │ ├────failed────▶ failed
      │  └──waits─────────┘ └────cut off───▶ uncertain
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

CUT_OFF = "It left, and whether it was answered is not known"
STILL: Final = frozenset({"queued", "sending"})
OVER: Final = frozenset({"failed", "uncertain", "cancelled"})


class WrongState(BadRequest):
    """The item stands so that this cannot be done to it."""

    code, status = "wrong_state", 409


def leaves(kept: Kept, decision: str, model: str, now_ms: int) -> Kept:
    """A byte of it is about to leave."""
    _must_be(kept.item, STILL, "sent")
    return _now(kept, "sending", now_ms, decision=decision, answered_by=model, sentence="")


def answered(kept: Kept, answer: bytes, now_ms: int, **fields: object) -> Kept:
    """The answer is whole; `fields` is what is known of it."""
    _must_be(kept.item, STILL, "answered")
    moved = _now(kept, "answered", now_ms, **{"sentence": "", **fields})
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


def needs_the_link(kept: Kept, sentence: str) -> Kept:
    """No model at home may answer it: it waits for the link."""
    _must_be(kept.item, frozenset({"queued"}), "kept waiting")
    item = msgspec.structs.replace(kept.item, asks_home=False, sentence=sentence)
    return msgspec.structs.replace(kept, item=item)


def cut_off(kept: Kept, sentence: str, now_ms: int, cost_nano: int | None) -> Kept:
    """It left, and nobody knows what became of it: the person is asked."""
    _must_be(kept.item, frozenset({"sending"}), "uncertain")
    return _now(kept, "uncertain", now_ms, sentence=sentence, cost_nano=cost_nano)


def cancelled(kept: Kept, now_ms: int) -> Kept:
    """The person does not want it any more."""
    _must_be(kept.item, STILL, "cancelled")
    sentence = f"{CUT_OFF}." if kept.item.state == "sending" else ""
    return _now(kept, "cancelled", now_ms, sentence=sentence)


def again(kept: Kept, now_ms: int) -> Kept:
    """The person has it sent again, whatever became of it the last time."""
    _must_be(kept.item, OVER, "sent again")
    if not kept.intact:
        raise WrongState(kept.item.sentence)
    if not kept.body:
        raise WrongState("What was asked is forgotten: ask again.")
    moved = _now(
        kept, "queued", now_ms, from_ms=now_ms, tries=0, next_ms=0, sentence="", status=0
    )  # fmt: skip
    return msgspec.structs.replace(moved, answer=b"")


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
