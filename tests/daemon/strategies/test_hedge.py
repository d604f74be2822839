"""`hedge`: the cloud starts where home says nothing for a while, and one of them answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Labels, TextDelta
from homeport.policies.errors import HomeportError
from homeport.policies.model import LinkState, Place
from support.polling import until
from support.scripted import prompt
from support.several import BEST, CENT, HOME, TALK, broken, says, several
from support.turned_clock import TurnedClock

NOW, NEVER = 1, 3_600_000
"""Milliseconds until the cloud starts."""


async def test_where_home_says_nothing_the_cloud_starts_and_its_word_decides(
    tmp_path: Path,
) -> None:
    async with several(tmp_path, {HOME: [says(hangs=True)]}, {BEST: [says("Wa", "ves.")]}) as s:
        s.house.set_policy(hedge_after_ms=NOW)
        s.price(BEST, 1000 * CENT)
        told = await s.ask(TALK, "hedge")
        await until(s.is_idle)
        assert s.home.open == 0, "it was stopped"
    assert (told.text, told.view.strategy, told.view.model) == ("Waves.", "hedge", BEST)
    assert told.outcomes == [(HOME, "cancelled"), (BEST, "done")]
    assert told.view.because == f"{BEST} was first to answer"
    assert told.view.attempts[0].sentence == f"{BEST} was first"
    assert (told.view.cost_nano or 0) > 0
    assert told.record is not None
    assert told.record.steps[0].decision.plan.models == (HOME, BEST)


async def test_where_home_speaks_in_time_nobody_else_is_asked(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("Wa", "ves.")]}, {BEST: [says("Sky.")]}) as s:
        s.house.set_policy(hedge_after_ms=NEVER)
        s.price(BEST, 1000 * CENT)
        told = await s.ask(TALK, "hedge")
        await until(s.is_idle)
        assert s.sky.asked == []
    assert (told.text, told.view.strategy) == ("Waves.", "hedge")
    assert told.outcomes == [(HOME, "done")]
    assert told.view.cost_nano == 0


async def test_where_home_fails_the_cloud_starts_at_once(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")]}
    async with several(tmp_path, home, {BEST: [says("Sky.")]}) as s:
        s.house.set_policy(hedge_after_ms=NEVER)
        told = await s.ask(TALK, "hedge")
        await until(s.is_idle)
    assert told.text == "Sky."


async def test_where_home_may_not_answer_any_more_the_cloud_starts_at_once(
    tmp_path: Path,
) -> None:
    async with several(tmp_path, {HOME: [says("Waves.")]}, {BEST: [says("Sky.")]}) as s:
        s.house.set_policy(hedge_after_ms=NEVER)
        labels = Labels(strategy="hedge")
        async with s.house.router.answer(prompt(TALK, labels=labels)) as answer:
            s.home.cards = []
            await s.house.rooms.fleet.refresh()
            async with asyncio.timeout(10):
                words = [d.text async for d in answer.deltas() if isinstance(d, TextDelta)]
    assert words == ["Sky."]


async def test_a_late_word_of_home_wins_over_a_cloud_that_was_slower_still(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("Home.")]}, {BEST: [says(hangs=True)]}) as s:
        s.house.set_policy(hedge_after_ms=NOW)
        s.home.gate.clear()
        asking = asyncio.get_running_loop().create_task(s.ask(TALK, "hedge"))
        await until(lambda: s.sky.open == 1)
        s.home.gate.set()
        told = await asking
        await until(s.is_idle)
        assert s.sky.open == 0
    assert told.text == "Home."
    assert sorted(told.outcomes) == [(HOME, "done"), (BEST, "cancelled")]


class Offline(dict[Place, LinkState]):
    """A link to the cloud that is down, and who looked at it."""

    def __init__(self) -> None:
        self.looked: list[Place] = []

    def get(self, place: Place, default: Any = None) -> Any:
        self.looked.append(place)
        return "offline-by-choice" if place == "cloud" else default


async def test_what_it_may_is_judged_again_when_it_starts(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with several(tmp_path, {HOME: [says("Home.")]}, {BEST: [says("Sky.")]}) as s:
        s.house.set_policy(hedge_after_ms=10_000)
        s.home.gate.clear()
        asking = asyncio.get_running_loop().create_task(s.ask(TALK, "hedge"))
        await until(lambda: s.home.open == 1)
        s.house.around.links = link = Offline()
        await clock.turn(11)
        await until(lambda: "cloud" in link.looked)
        s.home.gate.set()
        told = await asking
        await until(s.is_idle)
        assert s.sky.asked == []
    assert told.text == "Home."


async def test_a_private_prompt_is_never_hedged(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")]}
    async with several(tmp_path, home, {BEST: [says("Sky.")]}) as s:
        s.house.set_policy(hedge_after_ms=NOW)
        for strategy in ("auto", "hedge"):
            with pytest.raises(HomeportError):
                await s.ask(TALK, strategy, private=True)
        assert s.sky.asked == []
