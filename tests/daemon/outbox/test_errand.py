"""One sending: it is on disk before it leaves, and leaves no second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.client import paths
from homeport.daemon.config.settings import OutboxBounds
from homeport.daemon.outbox.errand import Errand
from homeport.daemon.outbox.items import Items
from homeport.daemon.storage.outbox import OutboxFile
from homeport.policies.errors import NothingAnswered
from support.outboxes import kept

NOW = 1_795_262_400_000


async def an_errand(*, stays_home: bool = False) -> tuple[Errand, OutboxFile]:
    file = OutboxFile(paths.outbox_path())
    items = Items(file, OutboxBounds, lambda _: None)
    await items.open()
    await items.put([kept("a", at_ms=NOW)])
    return Errand("a", items, lambda: NOW, stays_home=stays_home), file


async def test_what_leaves_is_on_disk_before(tmp_path: Path) -> None:
    errand, file = await an_errand()
    await errand.leaves("req-1", "sky/a")
    await file.close()
    again = OutboxFile(paths.outbox_path())
    items = Items(again, OutboxBounds, lambda _: None)
    await items.open()
    item = items.heads["a"]
    assert (item.state, item.decision, item.answered_by) == ("sending", "req-1", "sky/a")
    assert errand.left
    await again.close()


async def test_nothing_leaves_where_the_link_does_not_hold() -> None:
    errand, file = await an_errand(stays_home=True)
    with pytest.raises(NothingAnswered):
        await errand.leaves("req-1", "sky/a")
    assert not errand.left
    await file.close()


async def test_nothing_follows_what_nobody_knows_the_end_of() -> None:
    errand, file = await an_errand()
    await errand.leaves("req-1", "sky/a")
    errand.failed("rate_limited", "Busy.", unsure=False)
    await errand.leaves("req-1", "sky/b")
    errand.failed("reset", "It broke.", unsure=True)
    with pytest.raises(NothingAnswered, match="It broke"):
        await errand.leaves("req-2", "sky/c")
    assert (errand.last, errand.unsure) == ("reset", "It broke.")
    await file.close()


async def test_who_knows_requests_again_gets_a_key_that_is_on_disk_before() -> None:
    errand, file = await an_errand()
    await errand.leaves("req-1", "sky/a", idempotent=True)
    item = errand._items.heads["a"]
    assert (item.key, item.keyed_ms, errand.is_known) == (errand.key, NOW, True)
    errand.failed("rate_limited", "Busy.", unsure=False)
    await errand.leaves("req-1", "sky/b")
    assert (errand._items.heads["a"].key, errand.is_known) == ("", False)
    await file.close()


async def test_nobody_else_is_asked_before_it_is_known_what_became_of_it() -> None:
    errand, file = await an_errand()
    errand.pinned = "sky/a"
    with pytest.raises(NothingAnswered, match="sky/a may have answered it"):
        await errand.leaves("req-1", "sky/b")
    await errand.leaves("req-1", "sky/a", idempotent=True)
    assert errand.left
    await file.close()
