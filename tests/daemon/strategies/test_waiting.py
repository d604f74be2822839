"""Prompts that wait for a model: in turns, for a while, and not without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters.base import Delta, Finish, Labels, Limits, Permit, Prompt, TextDelta
from homeport.daemon.fleet.entrance import Entrance
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import HomeportError
from homeport.policies.model import ModelCard
from support.house import House, house
from support.polling import until
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"


class Gated(ScriptedAdapter):
    """Begins to answer when it is told to."""

    def __init__(self, *cards: ModelCard) -> None:
        super().__init__({one.id: Script(words=("Well.",)) for one in cards}, cards)
        self.open = asyncio.Event()
        self.clients: list[str] = []

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """The script, behind the gate."""
        self.clients.append(prompt.labels.client)
        await self.open.wait()
        yield TextDelta("Well.")
        yield Finish("stop", self.scripts[card.id].usage)


async def ask(home: House, client: str = "", model: str = "auto") -> str:
    """The answer and who gave it."""
    labels = Labels(client=client, model=model)
    async with home.router.answer(prompt(labels=labels)) as answer:
        text = "".join([d.text async for d in answer.deltas() if isinstance(d, TextDelta)])
        return f"{answer.view.model} {text}"


async def test_a_batch_of_one_client_keeps_no_other_waiting(tmp_path: Path) -> None:
    adapter = Gated(card(A, at_once=1))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        line = home.rooms.fleet.entrance.line(A)
        assert line is not None
        for count, client in enumerate(("batch", "batch", "batch", "batch", "person")):
            tasks.create_task(ask(home, client))
            await until(lambda before=count: line.waiting + line.taken > before)
        assert {view.state for view in home.rooms.bus.requests()} == {"queued"}
        (seen,) = home.rooms.fleet.candidates(ask_of(prompt(), 60_000))
        assert seen.wait_ms > 0
        assert (seen.queued, seen.queue_bound) == (0, None), "it is of a client of its own"
        adapter.open.set()
    assert adapter.clients == ["batch", "batch", "person", "batch", "batch"]


async def test_over_the_bound_others_answer_and_then_it_is_a_429(tmp_path: Path) -> None:
    adapter = Gated(card(A, at_once=1, parameters=70 * 10**9), card(B, at_once=1))
    async with house(tmp_path, [adapter]) as home:
        home.rooms.fleet.entrance = Entrance(most_waiting=lambda: 1)
        await home.rooms.fleet.refresh(cloud=True)
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ask(home, "batch")) for _ in range(4)]
            lines = [home.rooms.fleet.entrance.line(model) for model in (A, B)]
            await until(lambda: [line.waiting for line in lines if line] == [1, 1])
            with pytest.raises(HomeportError) as caught:
                await ask(home, "batch")
            last = tasks.create_task(ask(home, "person"))
            adapter.open.set()
        assert sorted(task.result().split()[0] for task in asked) == [A, A, B, B]
        assert last.result().endswith("Well.")
    assert (caught.value.code, caught.value.status) == ("busy", 429)
    assert (caught.value.retry_after_s or 0) >= 1
    assert "1 prompt waits for it already" in caught.value.sentence


async def test_at_its_rate_limit_a_model_is_left_to_others(tmp_path: Path) -> None:
    adapter = Gated(card(A, requests_per_minute=1, parameters=70 * 10**9), card(B))
    adapter.open.set()
    async with house(tmp_path, [adapter]) as home:
        answers = [await ask(home), await ask(home)]
        await home.router.settled()
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get(home.rooms.bus.requests()[-1].id)
    assert [answer.split()[0] for answer in answers] == [A, B]
    assert record is not None
    (limited,) = [c for c in record.steps[0].candidates if c.card.id == A]
    assert limited.rate is not None
    assert (limited.rate.limit, limited.rate.source) == (1, "config")
    assert [veto.gate for veto in record.steps[0].decision.vetoes] == ["rate"]
    assert replay(record) == "identical"


async def test_where_nobody_else_may_answer_it_says_when_there_is_room(tmp_path: Path) -> None:
    adapter = Gated(card(A, requests_per_minute=1))
    adapter.open.set()
    async with house(tmp_path, [adapter]) as home:
        await ask(home)
        with pytest.raises(HomeportError, match="It may be asked once a minute") as caught:
            await ask(home)
    assert (caught.value.code, caught.value.status) == ("busy", 429)
    assert 50 <= (caught.value.retry_after_s or 0) <= 60


async def test_a_turn_that_does_not_come_in_time_is_said(tmp_path: Path) -> None:
    adapter = Gated(card(A, at_once=1))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home))
        await until(lambda: bool(adapter.clients))
        labels = Labels(deadline_ms=1000)
        with pytest.raises(HomeportError, match="no room at scripted/a within the time") as caught:
            async with home.router.answer(prompt(labels=labels)) as answer:
                _ = [delta async for delta in answer.deltas()]
        line = home.rooms.fleet.entrance.line(A)
        assert line is not None
        assert (line.waiting, caught.value.status) == (0, 504)
        adapter.open.set()
        await first


@pytest.mark.parametrize("place", ["cloud", "lan"])
async def test_a_model_asked_for_by_its_name_that_goes_away_meanwhile_opens_no_door(
    tmp_path: Path, place: str
) -> None:
    adapter = Gated(card(A, at_once=1))
    far = ScriptedAdapter({B: Script()}, [card(B, place=place, host="far.example")])
    far.origin = "http://far.example"
    async with house(tmp_path, [adapter, far]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home, model=A))
        await until(lambda: bool(adapter.clients))
        second = tasks.create_task(refused(home, model=A))
        line = home.rooms.fleet.entrance.line(A)
        await until(lambda: line is not None and line.waiting == 1)
        adapter.cards = []
        await home.rooms.fleet.refresh()
        assert A in (await second).sentence
        adapter.open.set()
        assert await first == f"{A} Well."
        await home.router.settled()
        record = await home.rooms.decisions.get("last")
    assert far.asked == []
    assert record is not None
    assert replay(record) == "identical"


async def refused(home: House, model: str) -> HomeportError:
    """Why there is no answer."""
    with pytest.raises(HomeportError) as caught:
        await ask(home, model=model)
    return caught.value
