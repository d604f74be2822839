"""Vectors of what was said: by the one model at home, in time, or none."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Embedded, Inputs, Limits, Permit
from homeport.client.wire import RequestView
from homeport.daemon.caching.meaning import MOST_CHARACTERS, cosine, packed
from homeport.daemon.storage.cached import CACHED
from homeport.policies.model import FailureKind, ModelCard
from support.cached import CachedHouse, cached_house, cool
from support.scripted import Script, ScriptedAdapter, card
from support.vectors import VectorAdapter, vector_card

A, B = "vectors/a", "vectors/b"
SORT = "How do I sort a list in Python?"
WAY = "In Python, what's the best way to sort a list?"
OTHER = "In Python, what's the best way to reverse a list?"


class Thinker(VectorAdapter):
    """Every text points the same way, unless a test says where to; may wait for a test."""

    def __init__(self, cards: Sequence[ModelCard], fails: Sequence[FailureKind] = ()) -> None:
        super().__init__(cards, fails)
        self.pointing: dict[str, tuple[float, ...]] = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.permits: list[Permit | None] = []

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        self.permits.append(permit)
        await self.may_answer.wait()
        await super().embed(inputs, card, limits=limits, permit=permit)
        (text,) = inputs.inputs
        return Embedded((self.pointing.get(str(text), (3.0, 4.0)),))


def thinking(folder: Path, embedder: Any, **bounds: Any) -> Any:
    chat = ScriptedAdapter({"local/a": Script()}, [card("local/a")])
    return cached_house(folder, [chat, embedder], near=True, near_embedding=A, **bounds)


def outcome(view: RequestView) -> str:
    return view.cache.outcome if view.cache is not None else ""


async def outcomes(house: CachedHouse, *texts: str) -> list[str]:
    return [outcome((await house.ask(text))[1]) for text in texts]


async def test_wider_wordings_are_known_where_vectors_are_near(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A)])
    async with thinking(tmp_path, embedder) as house:
        _, asked = await house.ask(SORT)
        _, view = await house.ask(WAY)
        assert await outcomes(house, OTHER) == ["miss"]
        assert house.house.rooms.ledger.spend_view().requests_today == 2
    assert view.cache is not None
    assert (view.cache.outcome, view.cache.of) == ("near", asked.id)
    assert view.cache.similarity == pytest.approx(1)
    assert [inputs.inputs for _, inputs in embedder.asked] == [(SORT,), (WAY,), (OTHER,)]
    assert all(permit is not None and permit.place == "local" for permit in embedder.permits)


async def test_without_a_model_the_narrow_wordings_hold(tmp_path: Path) -> None:
    chat = ScriptedAdapter({"local/a": Script()}, [card("local/a")])
    async with cached_house(tmp_path, [chat], near=True) as house:
        assert await outcomes(house, SORT, WAY) == ["miss", "miss"]


async def test_vectors_that_are_far_apart_are_no_hit(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A)])
    embedder.pointing[WAY] = (4.0, -3.0)
    async with thinking(tmp_path, embedder) as house:
        assert await outcomes(house, SORT, WAY) == ["miss", "miss"]
    embedder.pointing[WAY] = (3.0, 4.0, 0.0)
    async with thinking(tmp_path / "b", embedder) as house:
        assert await outcomes(house, SORT, WAY) == ["miss", "miss"]


async def test_the_latest_tag_may_be_left_out(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(f"{A}:latest")])
    async with thinking(tmp_path, embedder) as house:
        assert await outcomes(house, SORT, WAY) == ["miss", "near"]


async def test_vectors_of_other_weights_are_never_compared(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A, version="1")])
    async with thinking(tmp_path, embedder) as house:
        await house.ask(SORT)
        embedder.cards[0] = vector_card(A, version="2")
        await house.house.rooms.fleet.refresh()
        assert await outcomes(house, WAY) == ["miss"]


@pytest.mark.parametrize(
    ("cards", "fails"),
    [
        ([vector_card(B)], ()),
        ([vector_card(A, place="lan")], ()),
        ([vector_card(A, place="cloud")], ()),
        ([card(A)], ()),
        ([vector_card(A)], ("rejected",) * 4),
    ],
    ids=["gone", "lan", "cloud", "no embedder", "fails"],
)
async def test_where_there_is_no_vector_there_is_no_hit_and_no_error(
    tmp_path: Path,
    cards: list[ModelCard],
    fails: tuple[FailureKind, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    embedder = Thinker(cards, fails)
    with caplog.at_level(logging.WARNING, "homeport.cache"):
        async with thinking(tmp_path, embedder) as house:
            assert await outcomes(house, SORT, WAY) == ["miss", "miss"]
            report = await house.caching.report()
    assert A in report.trouble
    assert len([one for one in caplog.records if A in one.message]) == 1
    assert len(embedder.asked) == (2 if fails else 0)


async def test_who_looks_does_not_wait_for_long_and_what_is_kept_gets_its_vector_later(
    tmp_path: Path,
) -> None:
    embedder = Thinker([vector_card(A)])
    async with thinking(tmp_path, embedder) as house:
        await house.ask(SORT)
        embedder.may_answer.clear()
        for wanted in ("miss", "hit"):  # though its vector is not there yet
            async with house.router.answer(cool(OTHER)) as answer:
                assert [delta async for delta in answer.deltas()]
            assert outcome(answer.view) == wanted
        embedder.may_answer.set()
        await house.kept()
        assert await outcomes(house, "How do I reverse a list in Python?") == ["near"]


async def test_where_there_is_nothing_to_compare_with_nobody_waits(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A)])
    embedder.may_answer.clear()
    async with thinking(tmp_path, embedder) as house:
        async with house.router.answer(cool(SORT)) as answer:
            assert embedder.asked == []
            assert [delta async for delta in answer.deltas()]
        embedder.may_answer.set()
        await house.kept()
    assert len(embedder.asked) == 1


async def test_long_texts_have_no_vector(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A)])
    async with thinking(tmp_path, embedder) as house:
        await house.ask("why " * MOST_CHARACTERS)
    assert embedder.asked == []


async def test_a_vector_goes_with_its_answer(tmp_path: Path) -> None:
    embedder = Thinker([vector_card(A)])
    async with thinking(tmp_path, embedder) as house:
        await house.ask(SORT)
        (row,) = (await house.caching.report()).rows
        assert row.bytes > 8
        held = (tmp_path / "cache.db").read_bytes() + (tmp_path / "cache.db-wal").read_bytes()
        assert packed([0.6, 0.8]) in held
        assert await house.caching().clear() == 1
        assert not house.path.exists()


def test_a_vector_is_packed_and_compared() -> None:
    assert packed([1.0, -0.5]) == struct.pack("<2f", 1.0, -0.5)
    assert cosine(packed([0.6, 0.8]), packed([0.6, 0.8])) == pytest.approx(1)
    assert cosine(packed([0.6, 0.8]), packed([0.8, -0.6])) == pytest.approx(0)
    assert cosine(packed([1.0]), packed([1.0, 0.0])) == 0
    assert len(CACHED.steps) == 2
