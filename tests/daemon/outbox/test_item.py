"""An item and its row: what is read back, and what was changed on disk."""

from __future__ import annotations

import msgspec

from homeport.daemon.outbox.item import CHANGED_ON_DISK, head_of, kept_of, row_of, view_of
from support.outboxes import kept


def test_it_is_read_back_as_it_was_written() -> None:
    one = kept("a", headers=(("x-homeport-session", "s"),), batch="b", custom_id="1", private=True)
    row = row_of(one)
    read = kept_of(row._replace(checksum=row.sum(), n=7))
    assert (read.item, read.body, read.n, read.intact) == (one.item, one.body, 7, True)
    assert head_of(row._replace(checksum=row.sum())) == one.item


def test_what_was_changed_has_failed_and_keeps_what_the_columns_say() -> None:
    row = row_of(kept("a"))._replace(id="b", batch="x", checksum=b"old")
    changed = kept_of(row)
    assert not changed.intact
    assert (changed.item.id, changed.item.batch) == ("b", "x")
    assert (changed.item.state, changed.item.sentence) == ("failed", CHANGED_ON_DISK)
    assert head_of(row._replace(checksum=b"")).state == "failed"


def test_a_head_that_cannot_be_read_has_failed_too() -> None:
    row = row_of(kept("a"))._replace(head=b"{")
    assert kept_of(row._replace(checksum=row.sum())).item.sentence == CHANGED_ON_DISK
    assert head_of(row).id == "a"


def test_watchers_see_no_text_of_it() -> None:
    view = msgspec.json.encode(view_of(kept("a", "a secret word").item, 99))
    assert b"secret" not in view
    assert b'"bytes":99' in view
