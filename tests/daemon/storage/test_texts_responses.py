"""Kept answers: found, gone on from, forgotten by age and by bounds."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.daemon.config.settings import Storage
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.texts import Texts
from homeport.daemon.storage.texts_responses import DAY_MS, KeptResponse, KeptResponses


def bounds(*, days: float, count: int, bytes: int) -> Storage:  # noqa: A002 - the setting's word
    return Storage(responses_days=days, responses_count=count, responses_bytes=bytes)


class Shelf:
    """Kept answers, with a clock and bounds that a test moves."""

    def __init__(self, path: Path) -> None:
        self.now = 1_700_000_000_000
        self.bounds = bounds(days=30, count=100, bytes=10**6)
        self.texts = Texts(path)
        self.kept = KeptResponses(self.texts, lambda: self.bounds, lambda: self.now)

    async def keep(self, name: str, previous: str = "", size: int = 2) -> None:
        self.now += 1
        await self.kept.keep(KeptResponse(name, previous, b"[]", b"x" * size))

    async def names(self, last: str) -> list[str]:
        return [response.id for response in await self.kept.conversation(last)]


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    made = Shelf(tmp_path / "state" / "texts.db")
    yield made
    await made.texts.close()


async def test_nothing_is_opened_before_something_is_kept(shelf: Shelf) -> None:
    assert await shelf.kept.get("resp_1") is None
    assert await shelf.names("resp_1") == []
    assert not await shelf.kept.forget("resp_1")
    await shelf.kept.prune()
    assert not shelf.texts.path.exists()
    assert repr(shelf.texts).endswith("not opened)")


async def test_a_conversation_comes_back_from_its_start(shelf: Shelf) -> None:
    await shelf.keep("a")
    await shelf.keep("b", "a")
    await shelf.keep("c", "b")
    await shelf.keep("other")
    assert await shelf.names("c") == ["a", "b", "c"]
    assert await shelf.names("b") == ["a", "b"]
    found = await shelf.kept.get("b")
    assert found is not None
    assert (found.previous, found.items, found.object) == ("a", b"[]", b"xx")
    assert shelf.texts.path.stat().st_mode & 0o777 == 0o600
    assert shelf.texts.path.parent.stat().st_mode & 0o777 == 0o700


async def test_what_is_private_stays_so(shelf: Shelf) -> None:
    await shelf.kept.keep(KeptResponse("a", "", b"[]", b"{}", private=True))
    await shelf.keep("b", "a")
    assert [r.private for r in await shelf.kept.conversation("b")] == [True, False]
    found = await shelf.kept.get("a")
    assert found is not None
    assert found.private


async def test_it_survives_the_daemon(shelf: Shelf) -> None:
    await shelf.keep("a")
    await shelf.texts.close()
    again = Shelf(shelf.texts.path)
    assert await again.names("a") == ["a"]
    await again.texts.close()


async def test_a_conversation_that_lacks_its_beginning_names_it(shelf: Shelf) -> None:
    await shelf.keep("a")
    await shelf.keep("b", "a")
    assert await shelf.kept.forget("a")
    assert not await shelf.kept.forget("a")
    [found] = await shelf.kept.conversation("b")
    assert (found.id, found.previous) == ("b", "a")


async def test_a_conversation_ages_as_a_whole(shelf: Shelf) -> None:
    await shelf.keep("a")
    await shelf.keep("lonely")
    shelf.now += 29 * DAY_MS
    await shelf.keep("b", "a")
    shelf.now += 29 * DAY_MS
    assert await shelf.names("b") == ["a", "b"]
    assert await shelf.kept.get("lonely") is None, "expired, and not pruned yet"
    await shelf.kept.prune()
    shelf.now += 2 * DAY_MS
    assert await shelf.names("b") == []


async def test_the_longest_unused_goes_first(shelf: Shelf) -> None:
    shelf.bounds = bounds(days=30, count=3, bytes=10**6)
    await shelf.keep("a")
    await shelf.keep("lonely")
    await shelf.keep("b", "a")
    await shelf.keep("c", "b")
    assert await shelf.names("c") == ["a", "b", "c"]
    assert await shelf.kept.get("lonely") is None


async def test_bytes_are_bounded(shelf: Shelf) -> None:
    shelf.bounds = bounds(days=30, count=100, bytes=1000)
    for number in range(5):
        await shelf.keep(f"r{number}", size=400)
    assert [bool(await shelf.kept.get(f"r{n}")) for n in range(5)] == [False] * 3 + [True] * 2
    await shelf.keep("huge", size=2000)
    assert await shelf.kept.get("huge") is None


async def test_keeping_can_be_switched_off(shelf: Shelf) -> None:
    assert await shelf.kept.ready()
    shelf.bounds = bounds(days=0, count=100, bytes=1000)
    assert not await shelf.kept.ready()


async def test_a_file_that_cannot_be_opened_costs_no_answer(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.texts.path.parent.mkdir()
    with sqlite3.connect(shelf.texts.path) as foreign:
        foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    with caplog.at_level(logging.WARNING):
        assert not await shelf.kept.ready()
        await shelf.keep("a")
    assert shelf.kept.dropped == 1
    assert "was not kept" in caplog.text
    assert repr(shelf.kept) == "<KeptResponses 0 waiting, 1 dropped>"


async def test_a_ledger_is_not_taken_for_texts(tmp_path: Path) -> None:
    ledger = await Database.open(tmp_path / "texts.db")
    await ledger.close()
    shelf = Shelf(tmp_path / "texts.db")
    assert not await shelf.kept.ready()


async def test_more_than_may_wait_are_dropped(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("homeport.daemon.storage.texts_responses.WAITING", 1)
    with caplog.at_level(logging.WARNING):
        await shelf.keep("a")
        await shelf.keep("b")
    assert shelf.kept.dropped == 1
    assert await shelf.kept.get("a") is not None
