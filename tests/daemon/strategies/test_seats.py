"""Wherever a prompt is called off, its seat and its money are given back, once.

Each way of a prompt is played again and again, called off at its first await, its second and
so on to its last: while it waits there, and in the very moment in which that has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import get_args

import pytest

from homeport.adapters.base import Delta, Finish, Labels, Limits, Permit, Prompt, TextDelta, failed
from homeport.daemon.money.price import flat
from homeport.policies.model import FailureKind, ModelCard
from support.cancelling import CancelledAt, When
from support.house import House, house
from support.polling import a_moment, until
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"
DEAR = flat(10**9, 10**9, source="test")


@dataclass(frozen=True)
class Way:
    """What a prompt meets."""

    name: str
    busy: str = A
    """Where others have both seats, one of them until the prompt waits."""
    strategy: str | None = None
    once: bool = False
    is_cut: bool = False
    """Its first answer is cut off."""
    loses_link: bool = False
    """While it waits for the cloud."""

    def __str__(self) -> str:
        return self.name


WAYS = (
    Way("waits and is answered"),
    Way("leaves at most once", once=True),
    Way("is cut off and goes on in another line", busy=B, is_cut=True),
    Way("goes elsewhere from the line", loses_link=True),
    Way("is asked of two at once", strategy="race"),
)


class Sure:
    """Writes down that a prompt leaves, which takes a moment."""

    key = "k"

    async def leaves(self, request: str, model: str, *, idempotent: bool = False) -> None:
        """Two turns of the event loop."""
        await a_moment()
        await a_moment()

    def failed(self, kind: FailureKind, sentence: str, *, unsure: bool) -> None:
        """Nobody asks."""


class Seats(ScriptedAdapter):
    """A in the cloud and B at home, with two seats each."""

    def __init__(self) -> None:
        fields = {"at_once": 2, "parameters": 10**7}
        cards = [card(A, place="cloud", **fields), card(B, **fields)]
        super().__init__({A: Script(), B: Script()}, cards)
        self.let_go = {"stays": asyncio.Event(), "goes": asyncio.Event()}
        self.cuts = False

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """A word, and the end or a cut; for the others when they are let go."""
        if prompt.labels.client in self.let_go:
            await self.let_go[prompt.labels.client].wait()
        yield TextDelta("Once ")
        await a_moment()
        if self.cuts and card.id == A:
            raise failed(A, "link_lost", "It was cut.", sent_tokens=1)
        yield Finish("stop", self.scripts[card.id].usage)


async def answered(home: House, labels: Labels, *, once: bool = False) -> None:
    async with home.router.answer(prompt(labels=labels), Sure() if once else None) as answer:
        async for _ in answer.deltas():
            pass


async def run(work: Awaitable[object]) -> None:
    await work


def seats(home: House) -> tuple[int, int]:
    """Those that are taken, and prompts in line."""
    lines = [home.rooms.fleet.entrance.line(model) for model in (A, B)]
    return sum(line.taken for line in lines if line), sum(line.waiting for line in lines if line)


def reserved_nano(home: House) -> int:
    """In all windows."""
    return sum(window.reserved_nano for window in home.rooms.ledger.spend_view().windows)


def running(home: House) -> int:
    """Answers that are being given."""
    return sum(home.rooms.fleet._in_flight.values())


async def play(home: House, adapter: Seats, way: Way, at: int, when: When) -> CancelledAt:
    """One prompt, called off at one of its awaits, while another one runs to the end."""
    adapter.cuts, home.around.links["cloud"] = way.is_cut, "ok"
    others = []
    for taken, (client, let_go) in enumerate(adapter.let_go.items()):
        let_go.clear()
        labels = Labels(client=client, model=way.busy, private=way.busy == B)
        others.append(asyncio.create_task(answered(home, labels)))
        await until(lambda before=taken: running(home) > before)
    labels = Labels(client="x", model="auto" if way.strategy else A, strategy=way.strategy)
    called_off = CancelledAt(answered(home, labels, once=way.once), at, when)
    called = asyncio.create_task(run(called_off))
    await until(lambda: called.done() or seats(home)[1])
    if way.loses_link:
        home.around.links["cloud"] = "offline"
        home.rooms.fleet.look_at_lines()
        await asyncio.wait([called])
    adapter.let_go["goes"].set()
    await asyncio.wait([called])
    assert called.cancelled() or called.exception() is None
    await others[1]
    await home.router.settled()
    assert (running(home), *seats(home)) == (1, 1, 0), called_off
    adapter.let_go["stays"].set()
    await others[0]
    await home.router.settled()
    return called_off


@pytest.mark.parametrize("when", get_args(When))
@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_wherever_it_is_called_off_what_it_took_is_given_back_once(
    tmp_path: Path, way: Way, when: When
) -> None:
    adapter = Seats()
    async with house(tmp_path, [adapter]) as home:
        fleet = home.rooms.fleet
        home.around.prices[A] = DEAR
        for at in count(1):
            called_off = await play(home, adapter, way, at, when)
            assert seats(home) == (0, 0), called_off
            assert not running(home), called_off
            assert not any(fleet._uses.values()), called_off
            await until(lambda: not reserved_nano(home))  # the release is written behind it
            if called_off.waits < at:
                break
        assert at > 2


async def test_what_is_called_off_before_it_leaves_is_booked_as_nothing(tmp_path: Path) -> None:
    adapter = Seats()
    async with house(tmp_path, [adapter]) as home:
        home.around.prices[A] = DEAR
        leaves = asyncio.Event()

        class Slow(Sure):
            async def leaves(self, request: str, model: str, *, idempotent: bool = False) -> None:
                leaves.set()
                await asyncio.Event().wait()

        stays = asyncio.create_task(answered(home, Labels(client="stays", model=A)))
        await until(lambda: running(home))
        held_nano = reserved_nano(home)
        home_answer = home.router.answer(prompt(labels=Labels(client="x", model=A)), Slow())

        async def ask() -> None:
            async with home_answer as answer:
                _ = [delta async for delta in answer.deltas()]

        dropped = asyncio.create_task(ask())
        await leaves.wait()
        assert (running(home), seats(home)) == (1, (2, 0))
        dropped.cancel()
        await asyncio.wait([dropped])
        await until(lambda: reserved_nano(home) == held_nano)
        assert (running(home), seats(home)) == (1, (1, 0))
        adapter.let_go["stays"].set()
        await stays
        await home.router.settled()
        (view,) = [view for view in home.rooms.bus.requests() if view.client == "x"]
    assert [(one.outcome, one.cost_nano, one.sent_tokens) for one in view.attempts] == [
        ("egress", 0, 0)
    ]
    assert (view.state, view.cost_nano) == ("cancelled", 0)
